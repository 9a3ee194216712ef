"""How a certificate stands with its annual confirmations, in figures and in words (D1, C11)."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from certflow.core.text import NOTHING, Text, joined

NO_BODY = Text(
    "证书上没有执业机构，请先办理转换执业机构。",
    "The certificate names no practising body. Apply for a transfer first.",
)
NOT_VALID = {
    "suspended": Text(
        "证书已暂停，恢复有效后才能办理年度确认。",
        "The certificate is suspended; it can be confirmed once it is valid again.",
    ),
    "cancelled": Text(
        "证书已注销，不能办理年度确认。", "The certificate was cancelled and cannot be confirmed."
    ),
    "replaced": Text(
        "已换发新证书，请用新证书办理。", "A new certificate has replaced it: use that one."
    ),
    "expired": Text(
        "证书已过有效期，不能办理年度确认。",
        "The certificate has expired and cannot be confirmed.",
    ),
}
VALID = Text(
    "有效，{one.valid_from} 至 {one.valid_until}", "Valid, {one.valid_from} to {one.valid_until}"
)
DONE = Text("{title.zh}已于 {on} 完成。", "{title.en}: done on {on}.")
OPENS = Text(
    "{title.zh}的办理期是 {opens} 至 {closes}。",
    "{title.en}: open from {opens} to {closes}.",
)
MISSED = Text(
    "{title.zh}的办理期已在 {closes} 结束。",
    "{title.en}: was open until {closes}.",
)
TITLE = Text(
    "年度确认，{one.field_key} {one.grade.zh}",
    "Annual confirmation: {one.field_key} {one.grade.en}",
)
TITLE_FOR = Text(
    "年度确认，{one.holder}，{one.field_key} {one.grade.zh}",
    "Annual confirmation: {one.holder}, {one.field_key} {one.grade.en}",
)
OURS = Text("在本机构执业", "Practises with your organisation")
THEIRS = Text("不在本机构执业", "Does not practise with your organisation")
NOT_YET = Text("还没有确认", "Not yet confirmed")
NOTHING_DUE = Text("现在没有需要年度确认的证书。", "No certificate has to be confirmed now.")
ALL_DONE = Text(
    "两次年度确认都已完成，证书到期前请办理再注册。",
    "Both confirmations are done; renew the registration before the certificate expires.",
)
NONE_NEEDED = Text(
    "这张证书在有效期内不需要年度确认。",
    "This certificate needs no annual confirmation while it is valid.",
)


@dataclass(frozen=True)
class Window:
    """An opening, and on which day the confirmation was done."""

    year: int
    title: Text
    opens_on: date
    closes_on: date
    confirmed_on: date | None

    def days_off(self, on: date) -> int:
        """Count by how many days a day lies outside; 0 inside, both ends included."""
        return max((self.opens_on - on).days, (on - self.closes_on).days, 0)

    def said(self, text: Text) -> Text:
        """Fill a sentence with this window's figures."""
        return text.filled(
            title=self.title, opens=self.opens_on, closes=self.closes_on, on=self.confirmed_on
        )


@dataclass(frozen=True)
class Standing:
    """A certificate on a day, as far as its annual confirmations go."""

    on: date
    certificate_id: int
    number: str
    person_id: int
    user_id: int | None
    holder: str
    organisation_id: int | None
    body: Text | None
    field_key: str
    field: Text
    grade: Text
    valid_from: date
    valid_until: date
    state: str
    windows: tuple[Window, ...]

    @property
    def present(self) -> Window | None:
        """The window that is open on the day, else the next to open, else the last."""
        now = [one for one in self.windows if not one.days_off(self.on)]
        coming = [one for one in self.windows if one.opens_on > self.on]
        return next(iter([*now, *coming, *self.windows[::-1]]), None)

    @property
    def due(self) -> Window | None:
        """The window that is open and not yet confirmed."""
        present = self.present
        open_now = present is not None and present.days_off(self.on) == 0
        return present if present and open_now and present.confirmed_on is None else None

    @property
    def title(self) -> Text:
        """What the certificate is for, as "QMS 质量管理体系 实习审核员"."""
        return Text(f"{self.field.zh} {self.grade.zh}", f"{self.field.en}, {self.grade.en}")

    @property
    def named(self) -> Text:
        """The certificate as one chooses it: what for, and its number."""
        return Text(f"{self.title.zh}，{self.number}", f"{self.title.en}, {self.number}")

    def years(self, chosen: str = "") -> list[tuple[str, Text, Text]]:
        """Return the year chosen, before that the one that is due: key, title, when."""
        known = [one for one in self.windows if str(one.year) == chosen] if chosen else [self.due]
        return [(str(one.year), one.title, one.said(OPENS)) for one in known if one is not None]

    @property
    def proposed(self) -> dict[str, str]:
        """The year that is due, as a form opens with it."""
        return {"year": str(self.due.year)} if self.due else {}

    def belongs_to(self, user_id: int, organisation_id: int | None) -> bool:
        """Whether a person holds it, or its holder practises with an organisation."""
        ours = organisation_id is not None and self.organisation_id == organisation_id
        return ours or (organisation_id is None and self.user_id == user_id)

    @property
    def over(self) -> bool:
        """Whether it ended for good, so that nothing can ever be confirmed on it."""
        return self.state in {"replaced", "cancelled"}

    def blocked(self) -> Text | None:
        """Say why it cannot be confirmed on the day; None when it can."""
        if self.state != "valid":
            return NOT_VALID[self.state]
        if self.organisation_id is None:
            return NO_BODY
        return None if self.due else self.calendar()

    def calendar(self) -> Text:
        """Tell what is due; when nothing is, what happened and what comes next."""
        if self.due:
            return self.due.said(OPENS)
        if self.windows and all(one.confirmed_on for one in self.windows):
            return ALL_DONE
        said: list[Text] = []
        for one in self.windows:
            if one.confirmed_on:
                said.append(one.said(DONE))
            elif one.opens_on > self.on:
                return joined([*said[-1:], one.said(OPENS)])
            else:
                said.append(one.said(MISSED))
        return said[-1] if said else NONE_NEEDED


class Figure(NamedTuple):
    """A figure of the condition table, and what the self-check says about it."""

    value: int | str
    said: Text


def figures(standing: Standing, filed_for: int | None = None) -> dict[str, Figure]:
    """Work out what the conditions of an annual confirmation ask about a certificate (D1).

    `filed_for` is the organisation that files, None for the person.
    """
    one, window = standing, standing.present
    off = window.days_off(one.on) if window else 1
    done = window if window and window.confirmed_on and not off else None
    open_days = window.said(OPENS) if window and not off else one.calendar()
    return {
        "filed_by": Figure("organisation" if filed_for else "person", NOTHING),
        "certificate_valid": Figure(
            int(one.state == "valid"), NOT_VALID.get(one.state) or VALID.filled(one=one)
        ),
        "practising_body": Figure(int(one.body is not None), one.body or NO_BODY),
        "own_people": Figure(
            int(one.organisation_id == filed_for),
            OURS if one.organisation_id == filed_for else THEIRS,
        ),
        "days_off": Figure(off, open_days),
        "already_confirmed": Figure(int(done is not None), done.said(DONE) if done else NOT_YET),
    }
