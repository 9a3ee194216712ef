from datetime import date

import pytest
from stdnum.cn.ric import calc_check_digit

from certflow.accounts.identity import read_document, read_uscc
from certflow.core.errors import Invalid
from factories.people import resident_number

TODAY = date(2026, 11, 20)
MAN, WOMAN = resident_number(123), resident_number(124)


def complete(body):
    return body + str(calc_check_digit(body))


def test_a_resident_number_tells_birth_date_and_sex():
    assert read_document("resident_id", MAN, TODAY) == (MAN, date(1990, 3, 7), "male")
    assert read_document("resident_id", WOMAN, TODAY).sex == "female"


def test_spaces_and_wide_digits_are_read():
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in MAN)
    assert read_document("resident_id", f" {MAN[:6]} {MAN[6:]} ", TODAY).number == MAN
    assert read_document("resident_id", wide, TODAY).number == MAN


def test_a_small_x_is_a_check_digit():
    months = (resident_number(1, date(1990, month, 7)) for month in range(1, 13))
    number = next(number for number in months if number.endswith("X"))
    assert read_document("resident_id", number.lower(), TODAY).number == number


@pytest.mark.parametrize("county", ["810000", "830000", "999999", "110112", "441900"])
def test_the_county_code_is_no_reason_to_refuse(county):
    number = complete(f"{county}19800307123")
    assert read_document("residence_permit", number, TODAY).number == number


@pytest.mark.parametrize(
    ("number", "says"),
    [
        (MAN[:-1] + str((int(MAN[-1]) + 1) % 10), "校验位"),
        (MAN[:-1], "18 位"),
        (MAN + "1", "18 位"),
        ("A" + MAN[1:], "18 位"),
        (complete("99999919900230123"), "出生日期"),
        (complete("99999920261121123"), "出生日期"),
        (complete("99999918991231123"), "出生日期"),
    ],
)
def test_a_wrong_number_is_refused_at_its_field(number, says):
    with pytest.raises(Invalid) as caught:
        read_document("resident_id", number, TODAY)
    assert says in caught.value.fields["document_number"].zh


def test_who_is_born_today_or_in_1900_is_read():
    for born in (TODAY, date(1900, 1, 1)):
        assert read_document("resident_id", resident_number(1, born), TODAY).birth_date == born


def test_a_passport_says_neither_birth_date_nor_sex():
    assert read_document("passport", "e12345678", TODAY) == ("E12345678", None, None)
    with pytest.raises(Invalid):
        read_document("passport", "E-12", TODAY)


def test_an_unknown_type_of_document_is_refused():
    with pytest.raises(Invalid) as caught:
        read_document("library_card", "1", TODAY)
    assert "document_type" in caught.value.fields


def test_a_uscc_is_checked():
    assert read_uscc("91999999MA0EXAMP1J") == "91999999MA0EXAMP1J"
    with pytest.raises(Invalid) as caught:
        read_uscc("91999999MA0EXAMP1K")
    assert "uscc" in caught.value.fields
