"""What can stand against publishing, each in a sentence that says what to do (catalogue H3)."""

from certflow.core.errors import Conflict, Forbidden, Invalid
from certflow.core.text import Text

UNCHANGED = Text(
    "草稿和正在使用的版本完全一样，不用发布。", "The draft is the same as the version in force."
)
NO_NOTE = Text(
    "请写明这次改了什么，审批人和以后查看的人会看到。",
    "Say what has changed; whoever approves will read it.",
)
NO_REASON = Text(
    "请写明原因，会通知其他流程管理员并写入审计记录。",
    "Give a reason; it is told to the other administrators and recorded.",
)
NO_REMARK = Text("请写明退回的原因，提出人会看到。", "Say why; the author will read it.")
PAST = Text(
    "生效时间已经过去，请改成以后的时间，或选择立即生效。",
    "This time is over. Choose a later one, or publish at once.",
)
NOT_WHOLE = Text("请填写生效的日期和时间。", "Fill in the day and the time.")
PENDING = Text(
    "这个流程已有一份发布申请在办。请先等它办完，或撤回它。",
    "Publication of this process was asked for already. Wait for it, or withdraw it.",
)
NOT_OPEN = Text(
    "这份发布申请刚刚已由别人处理，请刷新页面查看。",
    "Somebody has dealt with this request meanwhile. Refresh the page.",
)
OWN = Text(
    "不能审批自己提出的发布，请另一位有审批权限的管理员审批。",
    "You cannot approve what you asked for yourself. Another administrator has to.",
)
OWN_WORK = Text(
    "这份申请里有您自己的修改，不能由您批准，请没有参与修改的管理员审批。",
    "Some of the changes are your own. An administrator who made none of them has to approve.",
)
NOT_YOURS = Text(
    "只有提出人和有发布权限的管理员可以撤回。",
    "Only its author, or who may publish, can withdraw it.",
)
NOT_APPROVED = Text("还没有通过审批，不能发布。", "It has not been approved yet.")
BROKEN = Text(
    "还有错误没有改好，不能发布。请按检查结果逐条修改。",
    "There are errors left, so it cannot be published. Mend them one by one.",
)
FAILING = Text(
    "流程自己的测试没有通过，不能发布。请改好流程，或更新测试。",
    "The process's own tests fail, so it cannot be published. Mend the process or the tests.",
)
OUTDATED = Text(
    "这一版用到了平台现在已经没有的内容，不能直接恢复。请从草稿改起。",
    "This version uses what the platform no longer has, so it cannot be brought back as it is. "
    "Begin a draft instead.",
)
IN_FORCE = Text("这就是正在使用的版本。", "This is the version in force.")
MARKED = Text("还没有提交，请按提示修改。", "Nothing was sent yet; see the marked fields.")


class NotPublishable(Invalid):
    """The server's own check found errors, or a test that fails."""


class OwnRequest(Forbidden):
    """Nobody approves what they asked for or wrote themselves."""


class Settled(Conflict):
    """The request was dealt with meanwhile."""
