"""The sentences of an erasure: what stands in its way, what goes and what stays (issue 5 §1)."""

from certflow.cases.registry import Exhibit
from certflow.core.text import Text

ONE_AT_A_TIME = Text(
    "您已有一份删除申请正在办理。", "A request of yours to erase data is under way already."
)
CERTIFIED = Text(
    "您还持有有效的注册证书。请先办理证书注销，再申请删除个人信息。",
    "You hold a certificate in force. Have it cancelled first, then ask for erasure.",
)
OPEN_CASES = Text(
    "您还有业务正在办理。请等办结或先撤回，再申请删除个人信息。",
    "You have cases under way. Wait for their end or withdraw them, then ask for erasure.",
)
OWES = Text(
    "您还有待缴费的订单。请先缴费或等订单关闭。",
    "You have an order to pay. Pay it, or wait until it is closed.",
)
EXPERT = Text(
    "您还在专家聘期内。聘期结束后才能删除个人信息。",
    "Your term as an expert is running. Data can be erased once it has ended.",
)
WORKING = Text(
    "您手上还有别人的业务要办。请先办完或转交。",
    "You have tasks in other people's cases. Finish them or hand them over first.",
)
_TITLE = Text("删除什么，保留什么", "What is erased, what is kept")
_COLUMNS = (
    Text("内容", "What"),
    Text("处理", "What happens"),
    Text("说明", "Why"),
)
_ERASED, _KEPT = Text("删除", "Erased"), Text("保留并锁定", "Kept and locked")
_CONTACT = (
    Text("手机号码、电子邮箱、户籍、工作单位、学历", "Phone, e-mail, household, employer, degree"),
    _ERASED,
    Text("不再需要", "No longer needed"),
)
_DRAFTS = Text("没有提交的草稿（{n} 份）", "Drafts never submitted ({n})")
_RECORDS = Text("从未用于申请的基本信息库记录（{n} 条）", "Library records never used ({n})")
_NOTICES = (Text("收到的通知", "Notices"), _ERASED, Text("不再需要", "No longer needed"))
_ACCOUNT = (
    Text("账号、登录名和密码", "Account, login name and password"),
    _ERASED,
    Text("账号随即停用，不能恢复", "The account is closed at once, for good"),
)
_CASES = (
    Text("已提交的申请、答复、决定和所附材料", "Submitted applications, decisions, their evidence"),
    _KEPT,
    Text("评价和决定的依据，须存档", "What decisions rest on has to be archived"),
)
_PAYMENTS = (
    Text("缴费和发票", "Payments and invoices"),
    _KEPT,
    Text("会计档案须保存", "Accounts have to be kept by law"),
)
_TRAIL = (
    Text("操作记录", "Audit trail"),
    _KEPT,
    Text("不含个人资料，不可更改", "It holds no personal data and cannot be changed"),
)
_NAMED = Text("姓名和证件号码", "Name and document number")
_REGISTER = Text(
    "曾持有证书或有信用记录，公开登记须能核对", "The register names who held a certificate"
)
_UNNAMED = Text("从未持有证书，没有信用记录", "There never was a certificate nor a credit entry")
_CERTIFICATES = Text("证书和信用记录", "Certificates and credit entries")
_UNTOUCHED = Text("不再需要", "No longer needed")


def table(drafts: int, records: int, *, kept: bool) -> Exhibit:
    """Return what an erasure does; `kept`: the register goes on naming the person."""
    named = (_NAMED, _KEPT if kept else _ERASED, _REGISTER if kept else _UNNAMED)
    register = ((_CERTIFICATES, _KEPT, _REGISTER),) if kept else ()
    rows = (
        _ACCOUNT,
        _CONTACT,
        (_DRAFTS.filled(n=drafts), _ERASED, _UNTOUCHED),
        (_RECORDS.filled(n=records), _ERASED, _UNTOUCHED),
        _NOTICES,
        named,
        *register,
        _CASES,
        _PAYMENTS,
        _TRAIL,
    )
    return Exhibit(_TITLE, _COLUMNS, rows)
