"""The words on the sandbox's pages, in Chinese and English."""

from certflow.core.text import Text

_WORDS = {
    "name": Text("沙箱收银台", "Sandbox checkout"),
    "honest": Text(
        "这是用于演示和测试的支付页面，不会发生任何真实扣款。",
        "This payment page is for demonstration and tests. No money moves.",
    ),
    "amount": Text("金额", "Amount"),
    "yuan": Text("元", "CNY"),
    "order": Text("订单号", "Order number"),
    "for": Text("缴费项目", "Payment for"),
    "transaction": Text("交易号", "Transaction"),
    "choose": Text("请选择支付结果", "Choose the outcome"),
    "pay": Text("支付成功", "Pay successfully"),
    "fail": Text("模拟支付失败", "Let the payment fail"),
    "close": Text("关闭订单", "Close the order"),
    "back": Text("返回 CertFlow", "Back to CertFlow"),
    "repeat": Text("再发送一次通知", "Send the notice again"),
    "state_open": Text("等待支付", "Waiting for payment"),
    "state_paid": Text("支付成功", "Paid"),
    "state_closed": Text("订单已关闭", "Order closed"),
    "state_refunded": Text("已全额退款", "Refunded in full"),
    "told": Text("已发送的支付通知", "Notices sent to the platform"),
    "told_help": Text(
        "平台收到通知并核验签名后才会记为已缴费。",
        "The platform counts a payment only after it has received a notice and checked "
        "its signature.",
    ),
    "kind_paid": Text("支付成功", "Paid"),
    "kind_failed": Text("支付失败", "Failed"),
    "kind_closed": Text("订单关闭", "Closed"),
    "kind_refunded": Text("退款", "Refunded"),
    "taken": Text("平台已接收", "Taken by the platform"),
    "waiting": Text("平台尚未接收，将自动重发", "Not taken yet; it will be sent again"),
    "given_up": Text("平台未接收，已停止重发", "Not taken; no longer sent"),
    "attempts": Text("发送次数", "Attempts"),
    "no_answer": Text("无应答", "no answer"),
    "other_language": Text("English", "中文"),
    "bad_link": Text("付款链接无效或已过期", "This payment link is not valid or has expired"),
    "bad_link_help": Text(
        "请回到 CertFlow 的订单页面，重新点击“在线缴费”。您没有被扣款。",
        "Go back to the order in CertFlow and choose to pay online again. Nothing was charged.",
    ),
    "other_amount": Text("订单金额与之前不一致", "The amount differs from before"),
    "other_amount_help": Text(
        "同一订单号只能对应一个金额，请回到 CertFlow 重新生成订单。您没有被扣款。",
        "One order number has one amount. Make a new order in CertFlow. Nothing was charged.",
    ),
    "closed": Text("这个订单已关闭", "This order is closed"),
    "closed_help": Text(
        "请回到 CertFlow 的缴费记录查看最新的订单。您没有被扣款。",
        "See the latest order among your payments in CertFlow. Nothing was charged.",
    ),
    "not_found": Text("没有找到这笔付款", "We could not find this payment"),
    "not_found_help": Text(
        "请从 CertFlow 的订单页面重新进入。", "Open it again from the order in CertFlow."
    ),
}


def words(locale: str) -> dict[str, str]:
    """Return every word of the pages in a language ("zh" or "en")."""
    return {key: text.of(locale) for key, text in _WORDS.items()}
