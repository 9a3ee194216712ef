"""Incidents and audit actions in words for people; what has none is shown by its code."""

from certflow.core.text import Text

INCIDENTS: dict[str, tuple[Text, Text]] = {
    "case.step": (
        Text("业务的一个步骤没有成功", "A step of a case failed"),
        Text(
            "业务停在这一步之前，申请人的操作已经保留。排除原因后重试。",
            "The case waits before this step; what people did is kept. Mend the cause, then retry.",
        ),
    ),
    "case.timer": (
        Text("定时器没有触发成功", "A timer failed to fire"),
        Text(
            "排除原因后重试，定时器会接着触发。", "Mend the cause and retry; the timer then fires."
        ),
    ),
    "deadline.reminder": (
        Text("期限提醒没有发出", "A reminder of a deadline was not sent"),
        Text(
            "排除原因后标记为已解决，平台会再次提醒。",
            "Mend the cause and mark it as resolved; the platform then reminds again.",
        ),
    ),
    "studio.release": (
        Text("流程的新版本到时没有生效", "A new version of a process did not come into force"),
        Text(
            "在“检查与发布”里看原因，改好后重新提出发布。",
            "See why under “Check and publish”, mend it and ask again.",
        ),
    ),
    "outbox.mail": (
        Text("邮件没有发出", "An e-mail was not sent"),
        Text("检查邮件服务器，再重试。", "Check the mail server, then retry."),
    ),
    "outbox.webhook": (
        Text("接口推送没有发出", "A webhook was not sent"),
        Text(
            "发送时进程中断。重试即可，接收方会识别重复的消息。",
            "The process ended while sending. Retry; receivers recognise a second copy.",
        ),
    ),
    "outbox.webhook.event": (
        Text("业务动态没有推送", "An event was not handed to the webhooks"),
        Text("看日志里的原因，再重试。", "See the cause in the log, then retry."),
    ),
    "outbox.certificate_pdf": (
        Text("证书文件没有生成", "A certificate file was not made"),
        Text(
            "证书已经有效，只差 PDF。重试即可。",
            "The certificate is valid; only its PDF is missing.",
        ),
    ),
    "outbox.payment.bill": (
        Text("每日账单没有取到", "A day's bill was not fetched"),
        Text("检查支付通道，再重试。", "Check the gateway, then retry."),
    ),
    "outbox.payment.close": (
        Text("支付通道没有关闭订单", "The gateway has not closed an order"),
        Text(
            "平台已关闭这个订单。检查支付通道，再重试。",
            "The order is closed here. Check the gateway, then retry.",
        ),
    ),
    "outbox.payment.refund": (
        Text("退款没有发出", "A refund was not sent"),
        Text(
            "检查支付通道，再重试；不会重复退款。",
            "Check the gateway and retry; it never pays twice.",
        ),
    ),
    "payment.unmatched": (
        Text("收到的款项对不上订单", "Money came that fits no order"),
        Text(
            "款项记在待查账户。请财务核实后处理。",
            "It stands in suspense. Finance has to look into it.",
        ),
    ),
    "payment.late": (
        Text("订单关闭后收到款项", "An order was paid after it was closed"),
        Text("订单已按已缴费处理，请财务知悉。", "The order counts as paid; finance should know."),
    ),
    "payment.case_closed": (
        Text("业务终止后收到款项", "A fee came for a case that is over"),
        Text("请财务核实并办理退费。", "Finance has to check it and refund it."),
    ),
    "payment.case_moved": (
        Text("业务已不再等待缴费时收到款项", "A fee came that its case no longer waits for"),
        Text("请财务核实，需要时办理退费。", "Finance has to check it, and refund it if need be."),
    ),
    "payment.notice_refused": (
        Text("支付通知验签不通过", "A payment notice was refused"),
        Text(
            "通知没有生效。次数多时请联系支付通道。",
            "It had no effect. When there are many, ask the gateway's operator.",
        ),
    ),
}
REASONS = {
    "the amount is not that of the order": Text(
        "收到的金额与订单金额不符", "The amount is not that of the order"
    ),
    "the order was paid before": Text("这个订单之前已经缴过费", "The order was paid before"),
    "another order has replaced this one": Text(
        "这个订单已被另一个订单取代", "Another order has replaced this one"
    ),
    "the case was over before its fee arrived": Text(
        "款项到达前业务已经终止", "The case was over before its fee arrived"
    ),
    "no such order": Text("没有这个订单", "There is no such order"),
    "paid after the order was closed": Text(
        "订单关闭之后才收到款项", "It was paid after the order was closed"
    ),
}
BILL = (
    Text("对账不一致", "The bill differs from our books"),
    Text("请财务按订单逐笔核对。", "Finance has to check it, order by order."),
)
OUTBOX = (
    Text("对外操作没有成功", "An effect outside the platform failed"),
    Text("排除原因后重试。", "Mend the cause, then retry."),
)

ACTIONS: dict[str, Text] = {
    "record.added": Text("添加档案记录", "Profile record added"),
    "record.changed": Text("修改档案记录", "Profile record changed"),
    "record.deleted": Text("删除档案记录", "Profile record deleted"),
    "payment.begun": Text("前往支付", "Went to pay"),
    "person.revealed": Text("查看完整号码", "Full numbers seen"),
    "keys.rotated": Text("轮换加密密钥", "Encryption keys rotated"),
    "version.rolled_back": Text("回退流程版本", "Version rolled back"),
    "release.withdrawn": Text("撤回发布申请", "Request to publish withdrawn"),
    "release.scheduled": Text("定时发布流程", "Publishing scheduled"),
    "release.refused": Text("退回发布申请", "Publishing refused"),
    "release.published": Text("发布流程新版本", "New version published"),
    "release.postponed": Text("流程到时没有生效", "Publishing postponed"),
    "release.asked": Text("申请发布流程", "Publishing asked for"),
    "release.approved": Text("批准发布流程", "Publishing approved"),
    "permissions.set": Text("设置流程权限", "Permissions set"),
    "draft.discarded": Text("放弃流程草稿", "Draft of a process discarded"),
    "draft.began": Text("开始流程草稿", "Draft of a process begun"),
    "account.signed_up": Text("本人注册", "Signed up"),
    "address.changed": Text("修改通信地址", "Postal address changed"),
    "email.changed": Text("更换电子邮箱", "E-mail address changed"),
    "identity.answered": Text("实名认证有结果", "Real-name verification answered"),
    "identity.asked": Text("发起实名认证", "Real-name verification asked for"),
    "login.revoked": Text("退出某个登录", "Login ended by its owner"),
    "logins.revoked": Text("退出其他登录", "Other logins ended by their owner"),
    "notice_channels.set": Text("设置通知方式", "Channels of notices set"),
    "person.linked": Text("接上原系统档案", "Linked to the file of the earlier system"),
    "phone.changed": Text("更换手机号", "Phone changed"),
    "recovery_codes.made": Text("生成恢复码", "Recovery codes made"),
    "second_factor.off": Text("停用动态验证码", "Second factor switched off"),
    "second_factor.set_up": Text("启用动态验证码", "Second factor set up"),
    "sign_up.refused": Text("证件已有账号，注册被拒", "Sign-up refused: document registered"),
    "account.created": Text("开通账号", "Account opened"),
    "account.disabled": Text("停用账号", "Account disabled"),
    "account.enabled": Text("恢复账号", "Account enabled"),
    "api_token.issued": Text("签发接口令牌", "API token issued"),
    "api_token.revoked": Text("吊销接口令牌", "API token revoked"),
    "webhook.created": Text("新增推送订阅", "Webhook added"),
    "webhook.changed": Text("修改推送订阅", "Webhook changed"),
    "webhook.secret_renewed": Text("更换推送密钥", "Webhook secret renewed"),
    "webhook.tested": Text("发送测试推送", "Webhook tested"),
    "webhook.stopped": Text("推送多次失败，已停止", "Webhook stopped after failures"),
    "webhook.resumed": Text("恢复推送", "Webhook resumed"),
    "webhook.removed": Text("删除推送订阅", "Webhook removed"),
    "calendar.day_set": Text("修改工作日历", "Calendar day set"),
    "calendar.year_imported": Text("导入年度日历", "Calendar year imported"),
    "case.closed": Text("业务办结", "Case closed"),
    "case.commented": Text("留言", "Comment left"),
    "case.deleted": Text("删除草稿", "Draft deleted"),
    "case.held": Text("业务停在故障步骤前", "Case held before a failing step"),
    "case.cancelled": Text("终止办理", "Case ended by an administrator"),
    "case.migrated": Text("改用新版流程", "Case moved to another version"),
    "case.moved": Text("移动办理环节", "Case moved to another step"),
    "case.resumed": Text("恢复办理", "Case resumed"),
    "case.suspended": Text("暂停办理", "Case suspended"),
    "cases.migrated": Text("批量迁移业务", "Running cases moved to another version"),
    "cases.migration_undone": Text("撤回迁移", "Migration undone"),
    "draft.replayed": Text("用办结业务回放草稿", "Draft replayed with finished cases"),
    "case.retried": Text("重试故障步骤", "Failed step retried"),
    "case.started": Text("开始办理", "Case started"),
    "case.submitted": Text("提交申请", "Case submitted"),
    "case.withdrawn": Text("撤回申请", "Case withdrawn"),
    "certificate.issued": Text("颁发证书", "Certificate issued"),
    "deadline.ended": Text("期限结束", "Deadline ended"),
    "deadline.extended": Text("期限延长", "Deadline extended"),
    "deadline.lapsed": Text("期限届满", "Deadline lapsed"),
    "deadline.moved": Text("期限随日历移动", "Deadline moved by the calendar"),
    "deadline.paused": Text("期限暂停", "Deadline paused"),
    "deadline.resumed": Text("期限继续", "Deadline resumed"),
    "deadline.started": Text("期限开始", "Deadline started"),
    "fee.set": Text("设置收费标准", "Fee set"),
    "incident.resolved": Text("故障标记为已解决", "Incident resolved"),
    "incident.retried": Text("故障重试", "Incident retried"),
    "invoice.chosen": Text("选择发票", "Invoice chosen"),
    "login.began": Text("登录", "Signed in"),
    "login.ended": Text("退出登录", "Signed out"),
    "login.locked": Text("密码多次错误，暂停登录", "Sign-in paused after wrong passwords"),
    "mail_notices.set": Text("设置邮件通知", "Mail notices set"),
    "message.received": Text("收到消息", "Message received"),
    "order.created": Text("生成订单", "Order made"),
    "payment.closed": Text("关闭订单", "Order closed"),
    "payment.received": Text("订单缴费成功", "Order paid"),
    "payment.refunded": Text("退费完成", "Order refunded"),
    "password.set": Text("修改密码", "Password set"),
    "refund.approved": Text("同意退费", "Refund approved"),
    "refund.refused": Text("不同意退费", "Refund refused"),
    "refund.requested": Text("申请退费", "Refund requested"),
    "role.granted": Text("授予角色", "Role granted"),
    "role.removed": Text("取消角色", "Role removed"),
    "role.switched": Text("切换身份", "Role switched"),
    "task.claimed": Text("领取任务", "Task claimed"),
    "task.completed": Text("办完任务", "Task completed"),
    "task.reassigned": Text("转交任务", "Task reassigned"),
    "task.released": Text("退回任务", "Task released"),
    "timer.fired": Text("定时器触发", "Timer fired"),
    "voucher.accepted": Text("凭证核对通过", "Voucher accepted"),
    "voucher.refused": Text("凭证退回", "Voucher refused"),
    "voucher.submitted": Text("提交缴费凭证", "Voucher submitted"),
}


def incident_words(kind: str) -> tuple[Text, Text]:
    """Return what happened and what to do about it."""
    if kind in INCIDENTS:
        return INCIDENTS[kind]
    if kind.startswith("payment.bill_"):
        return BILL
    return OUTBOX if kind.startswith("outbox.") else (Text(kind, kind), Text("", ""))


def reason_words(reason: str) -> Text:
    """Return why it failed; what has no words of ours is shown as it was reported."""
    return REASONS.get(reason, Text(reason, reason))


def action_words(action: str) -> Text:
    """Return what an audit action is called."""
    return ACTIONS.get(action, Text(action, action))
