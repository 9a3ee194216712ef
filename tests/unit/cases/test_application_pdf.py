"""The print of an application shows everything that was handed over."""

import io

from pypdf import PdfReader

from certflow.cases.pdf import (
    ApplicationView,
    Attachment,
    Event,
    Record,
    Section,
    Verdict,
    application_pdf,
)

DIGEST = "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b"
VIEW = ApplicationView(
    number="QMS-2026-0004217",
    service="注册审核员申请",
    applicant="林知夏",
    body="云杉示例认证有限公司",
    submitted_on="2026-11-20 09:00",
    stage="专家评价",
    issuer="示例认证人员注册协会",
    printed="2026-11-21 10:15，林知夏",
    sections=(
        Section("注册事项", (("领域", "QMS"), ("专业", ""))),
        Section("审核经历", (), (Record("第一次", (("人日", "3"),), "不符合 J-07"),)),
        Section("声明"),
    ),
    verdicts=(Verdict("审核经历 1", "不符合", "J-07", "缺签到页", "专家甲", "2026-12-01"),),
    attachments=(Attachment("审核经历 1", "报告.pdf", 1_234_567, DIGEST),),
    timeline=(Event("2026-11-20 09:00", "提交申请", "林知夏", "无"),),
    more=(("办结期限", "2027-01-15"),),
)


def text_of(view: ApplicationView) -> str:
    pages = PdfReader(io.BytesIO(application_pdf(view))).pages
    return "\n".join(page.extract_text() for page in pages)


def test_the_print_shows_head_fields_records_verdicts_files_and_timeline() -> None:
    text = text_of(VIEW)
    for fact in (
        *("QMS-2026-0004217", "林知夏", "云杉示例认证有限公司", "专家评价", "2027-01-15"),
        *("1. 注册事项", "领域", "2. 审核经历", "1. 第一次", "不符合 J-07", "未填写", "—"),
        *("评价意见", "缺签到页", "附件清单（1 个）", "报告.pdf", "1.2 MB"),
        *("办理过程", "提交申请", "第 1 页，共 1 页", "打印于 2026-11-21 10:15，林知夏"),
    ):
        assert fact in text
    assert DIGEST in text.replace("\n", "")


def test_the_same_application_prints_the_same_bytes() -> None:
    assert application_pdf(VIEW) == application_pdf(VIEW)


def test_an_application_with_nothing_in_it_still_prints() -> None:
    empty = ApplicationView("", "", "", "", "", "", "", "", ())
    assert "第 1 页" in text_of(empty)


def test_sizes_are_told_as_people_read_them() -> None:
    small = Attachment("甲", "乙.jpg", 10, DIGEST)
    view = ApplicationView("1", "s", "a", "b", "d", "s", "i", "p", (), attachments=(small,))
    assert "1 KB" in text_of(view)
