"""What can go wrong with an order, in words for people."""

from certflow.core.text import Text

NO_SUCH_ORDER = Text(
    "没有找到这个订单。请从“缴费记录”重新进入。",
    "We could not find this order. Open it again from your payments.",
)
NO_SUCH_FEE = Text(
    "收费项目“{fee}”没有设置价格，订单没有生成。请联系财务。",
    'No price is set for the fee "{fee}", so no order was made. Please tell the finance office.',
)
NOTHING_TO_PAY = Text(
    "订单里没有收费项目，请重新选择。",
    "The order holds nothing to pay for. Please choose again.",
)
WRONG_AMOUNT = Text(
    "价格必须是大于 0 的整数（单位：分）。",
    "A price must be a whole number of fen above 0.",
)
NOT_OPEN = Text(
    "这个订单已经缴费或已关闭，不能再修改。请刷新页面查看最新状态。",
    "This order is already paid or closed and cannot be changed. Reload the page to see it.",
)
CANNOT_MERGE = Text(
    "只能合并本机构两个以上未缴费的订单。请刷新页面后重新选择。",
    "Only two or more unpaid orders of your own organisation can be merged. "
    "Reload the page and choose again.",
)
VOUCHER_WAITS = Text(
    "财务正在核对这个订单的缴费凭证，请等待核对结果。",
    "Finance is already checking a voucher for this order. Please wait for the result.",
)
CANNOT_RENEW = Text(
    "只有已关闭且没有被替代的订单可以重新生成。",
    "Only a closed order that no other order has replaced can be renewed.",
)
NOT_YOUR_FILE = Text(
    "没有找到您上传的凭证文件，请重新上传。",
    "We could not find the voucher you uploaded. Please upload it again.",
)
VOUCHER_CHECKED = Text(
    "这张凭证已经核对过了。请刷新页面查看结果。",
    "This voucher has been checked already. Reload the page to see the result.",
)
OWN_VOUCHER = Text(
    "不能核对自己提交的凭证，请由其他财务人员核对。",
    "You cannot check a voucher that you submitted yourself. Ask a colleague in finance.",
)
REASON_NEEDED = Text("请写明理由，对方会看到这句话。", "Give the reason; the payer will read it.")
NO_REFUND = Text(
    "只有已缴费、且没有退费申请在办的订单可以申请退费。",
    "Only a paid order without a refund under way can be refunded.",
)
REFUND_DECIDED = Text(
    "这份退费申请已经处理过了。请刷新页面查看结果。",
    "This refund has been decided already. Reload the page to see the result.",
)
OWN_REFUND = Text(
    "不能审批自己提出的退费，请由其他财务人员办理。",
    "You cannot decide a refund that you asked for yourself. Ask a colleague in finance.",
)
REFERENCE_NEEDED = Text("请填写银行退款流水号。", "Enter the bank's reference of the refund.")
INVOICE_INVALID = Text(
    "发票信息有误，请按提示修改。", "The invoice data need changes; see the marked fields."
)
INVOICE_KIND = Text(
    "请选择发票类型：不开票、个人或单位。", "Choose no invoice, a personal or a company invoice."
)
INVOICE_PERSON = Text(
    "由机构缴费的订单不能开具个人发票，请选择单位发票。",
    "An order paid by an organisation cannot have a personal invoice. Choose a company invoice.",
)
INVOICE_TITLE = Text("请填写单位发票抬头。", "Enter the company's name for the invoice.")
INVOICE_TAX = Text(
    "统一社会信用代码应为 18 位且校验码正确，请核对。",
    "The tax number must be a valid unified social credit code of 18 characters. Check it.",
)
INVOICE_EMAIL = Text(
    "请填写接收电子发票的邮箱，例如 name@example.cn。",
    "Enter the e-mail address for the invoice, such as name@example.cn.",
)
TOO_BIG = Text("通知内容过大。", "The notice is too large.")
