"""The certificate: one page, all its facts readable, the same bytes each time."""

import io
import os
import subprocess
import sys
from dataclasses import replace
from datetime import date

import pytest
from pypdf import PdfReader
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm

from certflow.documents import fonts
from certflow.documents.errors import MissingGlyph
from certflow.personnel import pdf
from certflow.personnel.pdf import CertificateView, certificate_pdf

VIEW = CertificateView(
    number="2027-N1QMS-0000042",
    holder="林知夏",
    pinyin="LIN Zhixia",
    field_zh="质量管理体系（QMS）",
    field_en="Quality Management System (QMS)",
    grade_zh="审核员",
    grade_en="Auditor",
    specialities=("17.10", "18.01", "19.05"),
    body="云杉示例认证有限公司",
    issued_on=date(2027, 2, 26),
    valid_from=date(2027, 2, 26),
    valid_until=date(2030, 2, 25),
    check_url="https://certflow.example/v/9f3k2m7q4x8w",
    issuer_zh="示例认证人员注册协会",
    issuer_en="Sample Association for Certification Personnel",
)


def page_text(view: CertificateView) -> str:
    (page,) = PdfReader(io.BytesIO(certificate_pdf(view))).pages
    assert [float(side) for side in page.mediabox[2:]] == pytest.approx(A4, abs=0.1)
    return page.extract_text()


def test_every_fact_can_be_read_from_the_page() -> None:
    text = page_text(VIEW)
    for fact in (
        *(VIEW.number, VIEW.holder, VIEW.pinyin, VIEW.body, VIEW.issuer_zh),
        *("质量管理体系（QMS）审核员", "Quality Management System (QMS) Auditor"),
        *("17.10、18.01、19.05", "2027-02-26", "2030-02-25", "2027 年 2 月 26 日"),
        *("证书状态以查验结果为准", "certflow.example/v/9f3k2m7q4x8w"),
    ):
        assert fact in text


def test_the_code_is_25_millimetres_wide() -> None:
    assert pytest.approx(25 * mm) == pdf.QR_SIZE


def test_rare_names_are_drawn_and_read_back() -> None:
    assert "欧阳𬭚䶮" in page_text(replace(VIEW, holder="欧阳𬭚䶮"))


def test_a_name_that_no_font_can_draw_is_not_issued() -> None:
    with pytest.raises(MissingGlyph) as caught:
        certificate_pdf(replace(VIEW, holder="林\U0001f600"))
    assert caught.value.characters == "\U0001f600"


def test_two_processes_give_the_same_bytes() -> None:
    code = (
        "import sys; from tests.unit.personnel.test_certificate_pdf import VIEW, certificate_pdf;"
        "sys.stdout.buffer.write(certificate_pdf(VIEW))"
    )
    path = os.pathsep.join(part for part in sys.path if part)
    environment = {**os.environ, "PYTHONHASHSEED": "77", "PYTHONPATH": path}
    other = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, check=True
    )
    assert other.stdout == certificate_pdf(VIEW)


def test_another_certificate_gives_other_bytes() -> None:
    assert certificate_pdf(replace(VIEW, number="2027-N1QMS-0000043")) != certificate_pdf(VIEW)


@pytest.mark.parametrize("count", [0, 1, 33, 70, 120])
def test_specialities_fit_their_cell(count: int) -> None:
    codes = tuple(f"{n // 9 + 1:02d}.{n % 9 + 1:02d}" for n in range(count))
    fonts.load()
    listed = pdf._listed(codes, 380)
    size, lines = pdf._set(listed, 380)
    assert len(lines) * size * 1.24 <= 38
    assert all(fonts.width(text, "Serif-Bold", size) <= 380 for text in lines)
    assert "".join(lines).replace(" ", "") == listed.replace(" ", "")
    assert (listed == "、".join(codes)) == (count < 100)
    assert ("等 120 项" in listed) == (count == 120)
    page_text(replace(VIEW, specialities=codes))


def test_long_names_shrink_into_the_frame() -> None:
    fonts.load()
    name = "买买提·阿卜杜热合曼·" * 3
    size = pdf._fitting(name, "Serif-Bold", 34, pdf.RIGHT - pdf.LEFT)
    assert fonts.width(name, "Serif-Bold", size) <= pdf.RIGHT - pdf.LEFT + 0.01
    assert name in page_text(replace(VIEW, holder=name, pinyin="")).replace("\n", "")
