"""What can go wrong with exams and results, in words for people."""

from certflow.core.text import Text

CODE_TAKEN = Text(
    "已经有编号为“{code}”的考试，请换一个编号。",
    "There is an exam with the code “{code}” already. Choose another code.",
)
CODE_WRONG = Text(
    "编号由 4 至 12 位数字或字母组成，例如 202602；它是准考证号的开头。",
    "The code has 4 to 12 digits or letters, such as 202602; ticket numbers begin with it.",
)
TITLE_NEEDED = Text("请填写考试名称。", "Enter the name of the exam.")
NO_TIME = Text("请填写时间，如 09:30。", "Enter a time, such as 09:30.")
SESSION_TIMES = Text(
    "场次的结束时间要晚于开始时间，并在同一天。",
    "A session ends after it begins, on the same day.",
)
SESSIONS_OVERLAP = Text(
    "这个时间与第 {number} 场重叠，请调整。",
    "This time overlaps with session {number}. Change it.",
)
SUBJECT_NEEDED = Text("请至少选择一个科目。", "Choose at least one subject.")
SUBJECT_TAKEN = Text(
    "“{subject}”已经安排在别的场次。", "“{subject}” is in another session already."
)
PASS_MARK = Text("合格分是 1 至 100 的整数。", "The pass mark is a whole number from 1 to 100.")
ALREADY_PUBLISHED = Text(
    "成绩已经发布，不能再改场次和科目。",
    "Results are published; sessions and subjects can no longer change.",
)
NOT_SAT = Text(
    "考试还没有结束，不能发布成绩。", "The exam is not over yet; results cannot be published."
)
NOTHING_TO_PUBLISH = Text(
    "没有待发布的成绩，请先导入。", "There are no results to publish. Import them first."
)
PUBLISH_TIME = Text(
    "请填写发布时间，例如 2026-12-01 10:00。", "Enter when to publish, such as 2026-12-01 10:00."
)
WINDOW_NEEDED = Text(
    "允许复核时，请填写开始和结束时间，结束要晚于开始。",
    "To allow re-checks, enter when they open and close; the end comes after the beginning.",
)
WINDOW_BEFORE_RESULTS = Text(
    "复核要在成绩发布之后才能开始。", "Re-checks can only open after results are published."
)
TWO_IN_A_SESSION = Text(
    "一场只能考一科：“{subject}”与已有的科目在同一场。",
    "One subject a session: “{subject}” is in the same session as one chosen already.",
)
SCORE_WRONG = Text(
    "成绩应为 0 至 {full} 的整数，缺考请填“缺考”。",
    "A score is a whole number from 0 to {full}; write “absent” for an absent candidate.",
)

# Why a row of an import cannot be carried out.
TICKET_MISSING = Text("没有填写准考证号。", "The ticket number is missing.")
TICKET_UNKNOWN = Text(
    "本次考试没有这个准考证号，请核对。", "This exam has no such ticket number. Check it."
)
TICKET_TAKEN = Text(
    "这个准考证号已属于另一位考生。", "This ticket number belongs to another candidate."
)
TICKET_WRONG = Text(
    "准考证号由 6 至 32 位数字或字母组成。", "A ticket number has 6 to 32 digits or letters."
)
NAME_DIFFERS = Text(
    "姓名与准考证号不符，请核对。", "The name does not belong to this ticket number. Check it."
)
SUBJECT_UNKNOWN = Text("本次考试没有科目“{subject}”。", "This exam has no subject “{subject}”.")
SUBJECT_NOT_ENTERED = Text(
    "这位考生没有报考“{subject}”。", "This candidate did not enter for “{subject}”."
)
DATE_DIFFERS = Text(
    "考试日期不符：这一科在 {date} 考。", "The date is wrong: this subject was sat on {date}."
)
TWICE = Text(
    "与第 {row} 行重复：同一考生同一科目。",
    "The same candidate and subject stand in row {row} already.",
)
PUBLISHED_DIFFERS = Text(
    "已发布的成绩是 {score}，更正要走成绩复核。",
    "The published score is {score}. It can only be changed by a re-check.",
)
PERSON_UNKNOWN = Text(
    "平台上没有这个证件号码的个人账户，请先让考生注册。",
    "Nobody on the platform has this document number. The candidate must sign up first.",
)
PERSON_NAME_DIFFERS = Text(
    "姓名与证件号码不符，请核对。", "The name does not belong to this document number. Check it."
)

# Why a result cannot be re-checked.
TICKET_DIFFERS = Text(
    "准考证号与所选的考试不符，请对照准考证核对。",
    "The ticket number does not belong to this exam. Check it against your admit card.",
)
NOTHING_TO_RECHECK = Text(
    "您现在没有可以复核的成绩。成绩公布后，在规定的复核时间内可以申请。",
    "You have no result to re-check now. After publication there is a time in which you can ask.",
)
SCORE_UNCHANGED = Text(
    "这与原成绩相同。不改成绩请选“维持原成绩”。",
    "This is the first score. To leave it as it is, choose “Keep the score”.",
)
NO_RECHECK = Text("本次考试不接受成绩复核。", "This exam does not allow re-checks.")
NO_RESULT = Text("成绩还没有发布。", "The result is not published yet.")
RECHECK_NOT_OPEN = Text("成绩复核 {opens} 开始受理。", "Re-checks can be asked for from {opens}.")
RECHECK_OVER = Text(
    "成绩复核已于 {closes} 截止。", "The time to ask for a re-check ended on {closes}."
)
RECHECK_DONE = Text(
    "这一科已经复核过，复核结果为最终结果。",
    "This result was re-checked already; that outcome is final.",
)
WAS_ABSENT = Text("缺考的科目没有成绩可以复核。", "There is no score to re-check: you were absent.")
