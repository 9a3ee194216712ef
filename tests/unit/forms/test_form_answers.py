import pytest

from certflow.core.text import Text
from certflow.forms.amend import amend
from certflow.forms.answers import Option, merge, parse_post, validate
from certflow.forms.view import form_view
from factories.forms_data import definition

BODIES = {"body": [Option("7", Text("云杉示例认证", "Spruce"))]}


def errors(form, data, **given):
    return {path: words.en for path, words in validate(form, data, **given).errors.items()}


def test_right_answers_pass(apply, answers):
    assert validate(apply, answers, "submit").ok


def test_posted_names_become_nested_answers(apply):
    posted = parse_post(
        apply,
        [
            ("mode", "upgrade"),
            ("audit.r1.days", "4"),
            ("audit.r1.files", "f1"),
            ("audit.r1.files", "f2"),
        ],
    )
    assert posted == {
        "mode": "upgrade",
        "audit": [{"id": "r1", "days": "4", "files": ["f1", "f2"]}],
    }


def test_what_is_typed_stays_as_it_was_typed(apply):
    assert parse_post(apply, [("count", " 四天 ")]) == {"count": " 四天 "}


def test_names_the_form_does_not_know_are_left_out(apply):
    assert (
        parse_post(apply, [("csrf_token", "x"), ("role", "admin"), ("audit.r1.secret", "x")])
        == {"audit": [{"id": "r1"}]} | {}
    )


def test_an_empty_group_is_known_by_its_mark(apply):
    posted = parse_post(apply, [("_has", "agreed"), ("_has", "audit"), ("_has", "audit.r1.files")])
    assert posted == {"agreed": False, "audit": [{"id": "r1", "files": []}]}


def test_a_page_that_does_not_show_a_group_leaves_it(apply, answers):
    assert (
        merge(apply, answers, parse_post(apply, [("mode", "first")]))["audit"] == answers["audit"]
    )


def test_a_record_that_posts_less_keeps_the_rest(apply, answers):
    merged = merge(
        apply, answers, parse_post(apply, [("audit.r1.days", "5"), ("_has", "audit.r2")])
    )
    assert merged["audit"][0]["organisation"] == "北川样例化工"
    assert merged["audit"][0]["days"] == "5"
    assert merged["audit"][1] == answers["audit"][1]


def test_a_record_that_is_not_posted_is_removed(apply, answers):
    assert len(merge(apply, answers, parse_post(apply, [("_has", "audit.r1")]))["audit"]) == 1


def test_answers_come_out_typed(apply, answers):
    posted = {**answers, "count": " 4 ", "agreed": "true"}
    data = validate(apply, posted, "submit").data
    assert (data["count"], data["agreed"]) == (4, True)


def test_records_keep_their_id_and_source(apply, answers):
    rows = validate(apply, answers).data["audit"]
    assert [(row["id"], row.get("source")) for row in rows] == [("r1", None), ("r2", "lib2")]


def test_required_fields_are_missed(apply):
    missed = errors(apply, {"mode": "upgrade"})
    assert set(missed) == {"reason", "audit", "agreed"}
    assert validate(apply, {}).errors["mode"].zh == "请选择方式"


def test_blank_is_not_filled(apply, answers):
    assert "reason" in errors(apply, {**answers, "reason": " \r\n "})


def test_a_box_that_must_be_ticked_refuses_no(apply, answers):
    assert "tick" in errors(apply, {**answers, "agreed": False})["agreed"]


@pytest.mark.parametrize("typed", ["四天", "0", "31", "2.5", "nan", "1e999", "9" * 5000, True, [1]])
def test_wrong_numbers_say_which_are_right(apply, answers, typed):
    told = validate(apply, {**answers, "count": typed}).errors["count"]
    assert told.zh == "请填 1 到 30 之间的整数，比如 4"


def test_a_text_that_is_too_long_says_by_how_much(apply, answers):
    assert (
        errors(apply, {**answers, "reason": "字" * 11})["reason"]
        == "At most 10 characters, now there are 11"
    )


@pytest.mark.parametrize("typed", ["2026-02-30", "明天", 5, ["2026-01-01"]])
def test_a_day_that_does_not_exist_is_refused(apply, answers, typed):
    answers["audit"][0]["started_on"] = typed
    assert "audit/r1/started_on" in errors(apply, answers)


def test_an_option_that_is_not_offered_is_refused(apply, answers):
    assert "mode" in errors(apply, {**answers, "mode": "third"})


def test_options_given_at_run_time_count(apply, answers):
    assert errors(apply, {**answers, "body": "7"}, choices=BODIES) == {}
    assert "body" in errors(apply, {**answers, "body": "8"}, choices=BODIES)
    assert "body" in errors(apply, {**answers, "body": "7"})


def test_invisible_fields_are_dropped_and_not_required(apply):
    told = validate(
        apply, {"mode": "first", "reason": "x", "agreed": True, "audit": [{"id": "r1"}]}
    )
    assert told.ok
    assert set(told.data) == {"mode", "agreed"}


def test_a_field_that_became_visible_is_required(apply):
    assert "reason" in errors(apply, {"mode": "upgrade", "agreed": True})


def test_visibility_works_inside_a_record(apply, answers):
    answers["audit"][0]["kind"] = "other"
    assert set(errors(apply, answers)) == {"audit/r1/explanation"}


def test_rules_look_across_fields(apply, answers):
    answers["audit"][0]["ended_on"] = "2025-09-01"
    assert validate(apply, answers).errors["audit/r1/ended_on"].zh == "结束早于开始"


def test_a_rule_waits_until_its_answers_are_there(apply, answers):
    del answers["audit"][0]["ended_on"]
    assert validate(apply, answers).ok


def test_unknown_keys_are_refused(apply, answers):
    answers["audit"][0]["is_admin"] = True
    assert set(errors(apply, {**answers, "role": "admin"})) == {"role", "audit/r1/is_admin"}


def test_too_many_records_are_refused(apply, answers, row):
    many = [{**row, "id": f"n{number}"} for number in range(4)]
    assert "At most 3" in errors(apply, {**answers, "audit": many})["audit"]


@pytest.mark.parametrize("identity", ["", "a/b", "x" * 65, "../up", "a.b"])
def test_a_record_needs_a_plain_id(apply, answers, identity):
    answers["audit"][0]["id"] = identity
    assert "audit" in errors(apply, answers)


def test_one_id_stands_once(apply, answers):
    answers["audit"][1]["id"] = "r1"
    assert "twice" in errors(apply, answers)["audit"]


@pytest.mark.parametrize("value", ["text", 5, {"a": 1}, [1], [None], [["x"]]])
def test_broken_records_are_told_not_raised(apply, answers, value):
    assert "audit" in errors(apply, {**answers, "audit": value})


def test_one_page_is_checked_alone(apply):
    told = validate(apply, {"mode": "upgrade", "reason": "ok", "agreed": True}, page="choose")
    assert told.ok
    assert "audit" in errors(apply, {"mode": "upgrade"}, page="records")
    assert "agreed" not in errors(apply, {"mode": "upgrade"}, page="records")


def test_an_outcome_asks_for_what_it_requires(evaluate, answers):
    assert errors(evaluate, {}, outcome="decline", reviewed=answers) == {}
    assert set(errors(evaluate, {}, outcome="submit", reviewed=answers)) >= {"verdicts", "opinion"}


def test_an_outcome_that_does_not_exist_is_refused(evaluate, answers):
    assert "_outcome" in errors(evaluate, {}, outcome="approve", reviewed=answers)


def test_rules_may_belong_to_an_outcome(answers):
    rule = {
        "field": "count",
        "must": "count >= 2",
        "message": {"zh": "太少", "en": "few"},
        "outcomes": ["submit"],
    }
    form = definition("apply", rules=[rule])
    assert "count" in errors(form, {**answers, "count": "1"}, outcome="submit")
    assert "count" not in errors(form, {**answers, "count": "1"})


def test_every_record_needs_a_verdict(evaluate, answers):
    given = {"verdicts": {"audit/r1": {"verdict": "pass"}}, "opinion": "x"}
    told = errors(evaluate, given, outcome="submit", reviewed=answers)
    assert set(told) == {"verdicts/audit/r2", "verdicts/field/mode"}


def test_a_verdict_on_something_else_is_refused(evaluate, answers):
    given = {"verdicts": {"audit/r9": {"verdict": "pass"}}}
    assert "verdicts/audit/r9" in errors(evaluate, given, reviewed=answers)


@pytest.mark.parametrize(
    "entry",
    [
        {"verdict": "fail"},
        {"verdict": "good"},
        {"verdict": "fail", "code": "X"},
        {"rank": "1"},
        "fail",
    ],
)
def test_a_wrong_verdict_is_told_at_its_record(evaluate, answers, entry):
    assert "verdicts/audit/r1" in errors(
        evaluate, {"verdicts": {"audit/r1": entry}}, reviewed=answers
    )


def test_a_code_alone_writes_its_words(evaluate, answers):
    given = {"verdicts": {"audit/r1": {"verdict": "fail", "code": "J-07"}}}
    assert validate(evaluate, given).data["verdicts"]["audit/r1"]["remark"] == "请补充条款"


def test_failed_verdicts_write_an_empty_opinion(evaluate, answers):
    given = {
        "verdicts": {
            "audit/r1": {"verdict": "pass"},
            "audit/r2": {"verdict": "fail", "code": "J-07", "remark": ""},
            "field/mode": {"verdict": "na"},
        }
    }
    told = validate(evaluate, given, outcome="submit", reviewed=answers)
    assert told.ok
    assert told.data["opinion"] == "审核经历 第 2 条：请补充条款"


def test_errors_follow_the_order_of_the_form(apply):
    assert list(errors(apply, {"mode": "upgrade", "count": "x"})) == [
        "reason",
        "count",
        "agreed",
        "audit",
    ]


@pytest.mark.parametrize("value", ["text", 5, [1], [{"x": 1}], {"audit/r1": 1}, None])
def test_broken_posts_never_break_a_draft(apply, evaluate, correct, answers, value):
    assert merge(apply, answers, {"audit": value})["audit"] == []
    assert amend(correct, answers, {"audit": value}, {})["audit"] == answers["audit"]
    assert form_view(apply, {**answers, "audit": value}, "records").fields[0].records == ()
    validate(evaluate, {"verdicts": value}, reviewed=answers)
