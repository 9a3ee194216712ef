"""The print of an application: the view that cases/pdf.py sets, masked (catalogue B13)."""

from collections.abc import Iterator, Sequence

from certflow.cases.dossier import Dossier
from certflow.cases.models import CaseLetter
from certflow.cases.opinions import opinions
from certflow.cases.pdf import (
    ApplicationView,
    Attachment,
    Event,
    LetterView,
    Record,
    Section,
    Verdict,
)
from certflow.cases.standing import stage_of
from certflow.cases.story import timeline
from certflow.core.text import Text, day_text
from certflow.forms.readonly import readonly_view
from certflow.forms.shown import ReadonlyView, ShownRecord, ShownSection, ShownValue

ISSUER = Text("CertFlow 认证人员服务平台", "CertFlow personnel services")
_VERDICTS = {
    "pass": Text("符合", "Conforms"),
    "fail": Text("不符合", "Does not conform"),
    "na": Text("不适用", "Not applicable"),
}
_PRINTED = Text("{at}，{name}", "{at}, {name}")
_DECISION = Text("总体意见", "Overall")


def current_application(dossier: Dossier) -> ReadonlyView | None:
    """Return the application as it was submitted last; None before."""
    form = dossier.submitted_form
    answers = dossier.versions_of(form.key) if form else []
    return readonly_view(form, answers[-1].data, dossier.voice) if form and answers else None


def application_view(dossier: Dossier) -> ApplicationView:
    """Return what the PDF of a case shows to its reader."""
    case, people, voice = dossier.case, dossier.people, dossier.voice
    view = current_application(dossier)
    return ApplicationView(
        number=case.number or "",
        service=voice.say(Text.read(case.title)),
        applicant=voice.say(people.name(case.applicant_id, "applicant")),
        body=voice.say(people.body),
        submitted_on=voice.minute(case.submitted_at),
        stage=voice.say(stage_of(dossier)),
        issuer=voice.say(ISSUER),
        printed=_PRINTED.filled(at=dossier.at, name=dossier.reader.name).of(voice.locale),
        sections=[_section(one) for one in view.sections] if view else [],
        verdicts=list(_verdicts(dossier)),
        attachments=list(_attachments(dossier, view)) if view else [],
        timeline=[
            Event(
                voice.minute(one.at), voice.say(one.what), voice.say(one.who), voice.say(one.text)
            )
            for one in reversed(timeline(dossier))
        ],
    )


def letter_view(letter: CaseLetter, locale: str) -> LetterView:
    """Return what a letter's PDF says, in the reader's language (D3, D4)."""
    content = letter.content
    return LetterView(
        title=Text.read(content["title"]).of(locale),
        number=str(content["number"]),
        recipient=Text.read(content["recipient"]).of(locale),
        paragraphs=[Text.read(one).of(locale) for one in content["paragraphs"]],
        issuer=ISSUER.of(locale),
        date=day_text(letter.at).of(locale),
    )


def _section(shown: ShownSection) -> Section:
    return Section(
        shown.title,
        _pairs(shown.values),
        [_record(one) for group in shown.groups for one in group.records],
    )


def _record(shown: ShownRecord) -> Record:
    title = " · ".join(part for part in (shown.heading, shown.summary) if part)
    return Record(title, _pairs(shown.values))


def _pairs(values: Sequence[ShownValue]) -> list[tuple[str, str]]:
    return [(v.label, "、".join(f.name for f in v.files) if v.files else v.text) for v in values]


def _verdicts(dossier: Dossier) -> Iterator[Verdict]:
    """Yield the overall opinions and what did not conform; the passed records stay out."""
    say = dossier.voice.say
    for opinion in reversed(opinions(dossier)):
        who, at = say(opinion.who), dossier.voice.minute(opinion.at)
        stage = f"{say(opinion.stage)}：{say(_DECISION)}"
        yield Verdict(stage, say(opinion.outcome), "", opinion.opinion, who, at)
        for one in opinion.failed:
            subject = f"{say(one.subject)} {one.heading}".strip()
            yield Verdict(subject, say(_VERDICTS[one.verdict]), one.code, one.remark, who, at)


def _attachments(dossier: Dossier, view: ReadonlyView) -> Iterator[Attachment]:
    """Yield the attachments list: where each file stands, its size and its checksum."""
    stored = {file.id: file for file in dossier.files}
    for place, file_id in _places(view):
        file = stored.get(file_id)
        if file is not None:
            yield Attachment(place, file.name, file.size, file.sha256)


def _places(view: ReadonlyView) -> Iterator[tuple[str, str]]:
    for section in view.sections:
        for value in section.values:
            yield from ((f"{section.title}，{value.label}", file.id) for file in value.files)
        for group in section.groups:
            for record in group.records:
                for value in record.values:
                    place = f"{group.label} {record.number}，{value.label}"
                    yield from ((place, file.id) for file in value.files)
