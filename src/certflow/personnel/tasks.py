"""The e-certificate: made after a certificate was issued, outbox handler "certificate_pdf" (C8).

Until it is made, and for a certificate of the earlier system, of which none ever was, the paper is
drawn when somebody asks for it; the same certificate gives the same bytes.
"""

import io
from typing import Any, NamedTuple

from certflow.accounts.queries import get_person
from certflow.core import clock, files
from certflow.core.db import Session
from certflow.core.errors import NotFound
from certflow.core.outbox import handler
from certflow.core.settings import Settings, current
from certflow.personnel.models import Certificate
from certflow.personnel.operations import set_certificate_pdf
from certflow.personnel.pdf import CertificateView, certificate_pdf
from certflow.personnel.queries import CertificateEntry, certificate_view, pdf_of

CHECK_PATH = "/v/"


@handler("certificate_pdf")
def make_certificate_pdf(session: Session, payload: dict[str, Any]) -> None:
    """Draw and store the e-certificate, owned by its holder; done once however often called."""
    certificate_id = int(payload["certificate_id"])
    certificate = session.get_one(Certificate, certificate_id, with_for_update=True)
    entry = certificate_view(session, certificate.id, clock.today())
    if entry is None or certificate.pdf_file_id is not None:
        return
    holder = get_person(session, certificate.person_id)
    content = certificate_pdf(printed(entry, current()))
    file = files.store(
        session, io.BytesIO(content), f"{entry.number}.pdf", holder.user_id if holder else None
    )
    set_certificate_pdf(session, certificate.id, file.id)


class Paper(NamedTuple):
    """An e-certificate as it is given out."""

    name: str
    content: bytes


def paper(session: Session, certificate: Certificate) -> Paper:
    """Return the e-certificate: the stored one, or where there is none one that is drawn now.

    Raises:
        MissingGlyph: a name has a character that no installed font can draw.
        NotFound: the stored file is gone.

    """
    file = pdf_of(session, certificate)
    if file is not None:
        return Paper(file.name, files.read(file))
    entry = certificate_view(session, certificate.id, clock.today())
    if entry is None:
        raise NotFound
    return Paper(f"{entry.number}.pdf", certificate_pdf(printed(entry, current())))


def printed(entry: CertificateEntry, settings: Settings) -> CertificateView:
    """Put a certificate into the words of the printed page."""
    return CertificateView(
        number=entry.number,
        holder=entry.name,
        pinyin=entry.pinyin,
        field_zh=entry.field.zh,
        field_en=entry.field.en,
        grade_zh=entry.grade.zh,
        grade_en=entry.grade.en,
        specialities=tuple(text.zh for text in entry.specialities),
        body=entry.organisation.zh if entry.organisation else "",
        issued_on=entry.issued_on,
        valid_from=entry.valid_from,
        valid_until=entry.valid_until,
        check_url=f"{settings.base_url}{CHECK_PATH}{entry.check_code}",
        issuer_zh=settings.issuer["zh"],
        issuer_en=settings.issuer["en"],
        earlier=entry.earlier,
    )
