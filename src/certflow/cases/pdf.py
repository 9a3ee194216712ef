"""The print of an application with its attachments list (catalogue B13).

The caller hands over plain labels and values, already in the reader's language and already
masked; nothing here knows forms.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from reportlab.platypus import Flowable, Spacer

from certflow.documents import kit

Pair = tuple[str, str]  # label, value


@dataclass(frozen=True)
class Record:
    """One record of a repeating group; ``mark`` is the verdict and remark on it, if any."""

    title: str
    rows: Sequence[Pair]
    mark: str = ""


@dataclass(frozen=True)
class Section:
    """One page of a form: its fields, then its records, numbered in their order."""

    title: str
    rows: Sequence[Pair] = ()
    records: Sequence[Record] = ()


@dataclass(frozen=True)
class Verdict:
    """What somebody said: on what, with which result, code and remark, who and when."""

    subject: str
    result: str
    code: str
    remark: str
    by: str
    at: str


@dataclass(frozen=True)
class Attachment:
    """One file: where in the form it stands, its name, size in bytes and SHA-256 in hex."""

    place: str
    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Event:
    """One line of the timeline, oldest first."""

    at: str
    what: str
    by: str
    remark: str = ""


@dataclass(frozen=True)
class ApplicationView:
    """Everything that an application's print shows. Times are texts, as they shall be read."""

    number: str
    service: str
    applicant: str
    body: str
    submitted_on: str
    stage: str
    issuer: str
    printed: str  # "2026-11-20 09:00，林知夏"
    sections: Sequence[Section]
    verdicts: Sequence[Verdict] = ()
    attachments: Sequence[Attachment] = ()
    timeline: Sequence[Event] = ()
    more: Sequence[Pair] = field(default=())  # further rows of the head, as deadlines


def application_pdf(view: ApplicationView) -> bytes:
    """Set the application on as many A4 pages as it needs; the same view gives the same bytes.

    A character that no font has is printed as its code (〔U+1F600〕): a print is never refused.
    """
    front = kit.Frontmatter(
        title=f"{view.service} {view.number}",
        running=view.number,
        issuer=view.issuer,
        footer=f"打印于 {view.printed}",
    )
    story = [*_head(view)]
    for number, section in enumerate(view.sections, 1):
        story += _section(f"{number}. {section.title}", section)
    story += [*_verdicts(view.verdicts), *_attachments(view.attachments), *_timeline(view.timeline)]
    return kit.build(story, front)


def _head(view: ApplicationView) -> Iterator[Flowable]:
    yield kit.paragraph(view.service, "title")
    yield kit.paragraph("申请材料打印件 · Print of an application", "subtitle")
    yield Spacer(0, 8)
    pairs = [
        ("业务号", view.number),
        ("申请人", view.applicant),
        ("执业机构", view.body),
        ("提交日期", view.submitted_on),
        ("当前环节", view.stage),
    ]
    yield kit.rows([*pairs, *view.more])


def _section(title: str, section: Section) -> Iterator[Flowable]:
    yield kit.heading(title)
    if section.rows:
        yield kit.rows(section.rows)
        yield Spacer(0, 8)
    for number, record in enumerate(section.records, 1):
        yield kit.block(f"{number}. {record.title}", record.rows, record.mark)
    if not section.rows and not section.records:
        yield kit.paragraph("未填写", "label")


def _verdicts(verdicts: Sequence[Verdict]) -> Iterator[Flowable]:
    if verdicts:
        yield kit.heading("评价意见")
        lines = [(v.subject, v.result, v.code, v.remark, f"{v.by}\n{v.at}") for v in verdicts]
        yield kit.table(
            ("对象", "结论", "代码", "说明", "评价人、时间"), lines, (26, 12, 11, 40, 21)
        )


def _attachments(attachments: Sequence[Attachment]) -> Iterator[Flowable]:
    if attachments:
        yield kit.heading(f"附件清单（{len(attachments)} 个）")
        lines = [
            (str(n), a.place, a.name, _size(a.size), a.sha256) for n, a in enumerate(attachments, 1)
        ]
        yield kit.table(
            ("序号", "所在位置", "文件名", "大小", "SHA-256"), lines, (8, 25, 31, 12, 38), codes=4
        )


def _timeline(events: Sequence[Event]) -> Iterator[Flowable]:
    if events:
        yield kit.heading("办理过程")
        lines = [(e.at, e.what, e.by, e.remark) for e in events]
        yield kit.table(("时间", "事项", "办理人", "说明"), lines, (22, 26, 20, 42))


def _size(size: int) -> str:
    """A size in bytes as people read it."""
    if size < 2**20:
        return f"{max(1, round(size / 2**10))} KB"
    return f"{size / 2**20:.1f} MB"


@dataclass(frozen=True)
class LetterView:
    """A letter of the association, already in the reader's language."""

    title: str
    number: str
    recipient: str
    paragraphs: Sequence[str]
    issuer: str
    date: str


def letter_pdf(view: LetterView) -> bytes:
    """Set a letter on one page or more: title, number, whom it is for, words, who and when."""
    story: list[Flowable] = [
        kit.paragraph(view.title, "title"),
        kit.paragraph(view.number, "subtitle"),
        Spacer(0, 18),
        kit.paragraph(f"{view.recipient}：" if view.recipient else ""),
        Spacer(0, 6),
    ]
    for text in view.paragraphs:
        if text.strip():
            story += [kit.paragraph(text), Spacer(0, 8)]
    story += [Spacer(0, 18), kit.paragraph(view.issuer), kit.paragraph(view.date)]
    front = kit.Frontmatter(
        title=view.title, running=view.number, issuer=view.issuer, footer=view.date
    )
    return kit.build(story, front)
