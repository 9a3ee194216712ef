"""What can go wrong with a deadline or the calendar, in words for people."""

from certflow.core.text import Text

NO_SUCH_CLOCK = Text(
    "这件业务还没有启动该期限。请先启动期限再操作。",
    "This case has no such deadline yet. Start it first.",
)
CLOCK_IS_OVER = Text(
    "该期限已经结束，不能再继续计时。",
    "This deadline has ended and cannot run on.",
)
NOT_YET_DUE = Text(
    "该期限还没有到期，不能按逾期处理。",
    "This deadline is not over yet, so it cannot lapse.",
)
WRONG_KIND = Text(
    "请选择“上班”或“休息”。",
    "Choose working day or rest day.",
)
WRONG_YEAR = Text(
    "第 {row} 行的日期 {date} 不在 {year} 年内，请改正后重新导入。没有写入任何一行。",
    "Row {row} has the date {date}, which is not in {year}. Correct it and import again. "
    "Nothing was written.",
)
TWICE = Text(
    "第 {row} 行的日期 {date} 重复出现，请改正后重新导入。没有写入任何一行。",
    "Row {row} repeats the date {date}. Correct it and import again. Nothing was written.",
)
EMPTY_YEAR = Text(
    "没有可导入的日期。请至少填写一个节假日。",
    "There are no dates to import. Enter at least one public holiday.",
)
