"""Incidents in words for people; what has none is shown by its code."""

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
    "outbox.mail.confirmation": (
        Text("邮箱确认邮件没有发出", "A link to confirm an address was not sent"),
        Text("检查邮件服务器，再重试。", "Check the mail server, then retry."),
    ),
    "outbox.case.called_closed": (
        Text(
            "所调用的业务已办结，等它的业务没有继续",
            "A called case is over, but the one that waits for it did not go on",
        ),
        Text("看原因，再重试。", "See why, then retry."),
    ),
    "outbox.case.forsaken": (
        Text(
            "不再需要的所调用业务没有结束",
            "A called case that nobody waits for any more is still open",
        ),
        Text("看原因，再重试。", "See why, then retry."),
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
