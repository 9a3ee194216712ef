import pytest

from certflow.personnel.fields import FIELDS, MODES, exam_title, field_exam, grade_asked


def test_every_field_has_ten_specialities_in_both_languages():
    for key, field in FIELDS.items():
        assert field.key == key
        assert len(field.specialities) == 10
        assert all(title.zh and title.en for title in field.specialities.values())


def test_every_exam_has_a_name():
    assert exam_title("general_basis").zh == "认证通用基础"
    assert exam_title("ms_basis").zh == "管理体系认证基础"
    assert exam_title(field_exam("QMS")).zh == "质量管理体系基础"


@pytest.mark.parametrize(
    ("mode", "held", "grade"),
    [
        ("first_intern", None, "intern"),
        ("upgrade_to_formal", "intern", "formal"),
        ("re_registration", "formal", "formal"),
        ("re_registration", "intern", "intern"),
        ("downgrade", "formal", "intern"),
    ],
)
def test_the_mode_and_the_present_grade_say_what_is_asked_for(mode, held, grade):
    assert grade_asked(mode, held) == grade


def test_only_changes_of_speciality_keep_the_period():
    assert {m.key for m in MODES.values() if m.keeps_period} == {
        "extend_speciality",
        "narrow_speciality",
    }
