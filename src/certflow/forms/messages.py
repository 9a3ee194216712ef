"""What a person reads at a field: what is wrong and what to write instead (look/style.md, Words)."""

from certflow.core.text import Text
from certflow.forms.parts import Field

UNKNOWN = Text("表单里没有这一项", "The form has no such item")
NOT_A_FORM = Text("内容不是表单的格式", "This is not the shape of a form")
WRONG_CHOICE = Text("请从列出的选项中选择", "Please choose one of the options listed")
WRONG_DATE = Text("请填完整的日期，比如 2026-11-20", "Please give a whole date, such as 2026-11-20")
WRONG_MONTH = Text("请填年和月，比如 2026-11", "Please give year and month, such as 2026-11")
WRONG_EMAIL = Text(
    "请填完整的电子邮箱地址，比如 name@example.com",
    "Please give a whole e-mail address, such as name@example.com",
)
WRONG_PATTERN = Text("格式不对，请按提示填写", "The format is not right, please follow the hint")
WRONG_RECORD = Text(
    "这条记录的格式不对，请删除后重新添加",
    "This record is broken, please remove it and add it again",
)
WRONG_FILE = Text("请重新上传文件", "Please upload the file again")
TWICE = Text("同一条记录出现了两次", "The same record occurs twice")
WRONG_VERDICT = Text(
    "请选择符合、不符合或不适用", "Please choose conforming, not conforming or not applicable"
)
NO_REMARK = Text(
    "请选不符合项，或写清缺什么、怎样补",
    "Please pick a non-conformity or say what is missing and how to mend it",
)
NO_VERDICT = Text("这一条还没有评", "This one has no verdict yet")
NO_OUTCOME = Text("请选择办理结果", "Please choose an outcome")

_CHOSEN = {"select", "radio", "organisation", "checkboxes", "experts"}


def required(field: Field) -> Text:
    """Say that a field must be filled, with the verb that fits its widget."""
    if field.widget == "file":
        return Text(f"请上传{field.label.zh}", f"Please upload: {field.label.en}")
    if field.widget == "records":
        return Text(f"请添加{field.label.zh}", f"Please add: {field.label.en}")
    if field.widget == "review":
        return Text("请逐条给出评价", "Please give a verdict on each item")
    if field.widget == "checkbox":
        return Text("请勾选这一项再继续", "Please tick this before you go on")
    if field.widget in _CHOSEN:
        return Text(f"请选择{field.label.zh}", f"Please choose: {field.label.en}")
    return Text(f"请填写{field.label.zh}", f"Please fill in: {field.label.en}")


def number(field: Field) -> Text:
    """Say which numbers are allowed."""
    whole = field.kind == "integer"
    zh, en = ("整数", "a whole number") if whole else ("数字", "a number")
    low, high = field.limits.minimum, field.limits.maximum
    if low is not None and high is not None:
        return Text(
            f"请填 {low:g} 到 {high:g} 之间的{zh}，比如 {_between(low, high)}",
            f"Please give {en} from {low:g} to {high:g}, such as {_between(low, high)}",
        )
    if low is not None:
        return Text(f"请填不小于 {low:g} 的{zh}", f"Please give {en} of at least {low:g}")
    if high is not None:
        return Text(f"请填不大于 {high:g} 的{zh}", f"Please give {en} of at most {high:g}")
    return Text(f"请填{zh}，比如 4", f"Please give {en}, such as 4")


def too_short(least: int) -> Text:
    """Say how many characters are needed."""
    return Text(f"至少写 {least} 个字", f"Please write at least {least} characters")


def too_few(field: Field, least: int, given: int) -> Text:
    """Say how many items are needed."""
    unit = _counter(field)
    return Text(
        f"至少要 {least} {unit}，现在有 {given} {unit}",
        f"At least {least} are needed, now there are {given}",
    )


def too_many(field: Field, most: int, given: int) -> Text:
    """Say how many items are too many."""
    unit = _counter(field)
    return Text(
        f"最多 {most} {unit}，现在有 {given} {unit}",
        f"At most {most} are allowed, now there are {given}",
    )


def _counter(field: Field) -> str:
    return {"file": "个文件", "records": "条", "experts": "人"}.get(field.widget, "项")


def _between(low: float, high: float) -> str:
    return f"{min(high, max(low, 4)):g}"
