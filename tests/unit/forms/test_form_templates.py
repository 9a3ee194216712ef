"""The rendered page is a form that posts back what it shows, without a line of script."""

from certflow.core.text import Text
from certflow.forms.amend import Remark
from certflow.forms.answers import Option, merge, parse_post, validate
from certflow.forms.display import Reader
from certflow.forms.view import LibraryRecord, Scene, form_view, readonly_view


def posted(page):
    """Return the pairs a browser would send, no button pressed."""
    pairs = []
    for template in page.find_all("template"):
        template.decompose()
    for each in page.find_all(["input", "select", "textarea"]):
        kind = each.get("type")
        if each.name == "select":
            chosen = each.find("option", selected=True)
            pairs.append((each["name"], chosen["value"] if chosen else ""))
        elif each.name == "textarea":
            pairs.append((each["name"], each.text))
        elif kind in {"checkbox", "radio"} and not each.has_attr("checked"):
            continue
        elif kind not in {"file", "search"} and not each.has_attr("disabled"):
            pairs.append((each["name"], each["value"]))
    return pairs


def test_a_page_posts_back_what_it_shows(draw, apply, answers):
    back = {}
    for key in ("choose", "records"):
        back = merge(apply, back, parse_post(apply, posted(draw(form_view(apply, answers, key)))))
    assert validate(apply, back).data == validate(apply, answers).data


def test_a_review_posts_back_what_it_shows(draw, evaluate, answers):
    data = {
        "verdicts": {
            "field/mode": {"verdict": "na"},
            "audit/r1": {"verdict": "fail", "code": "J-07", "remark": "请补\n条款"},
        },
        "opinion": "\n开头空行",
    }
    page = draw(form_view(evaluate, data, scene=Scene(reviewed=answers)))
    back = parse_post(evaluate, posted(page))
    assert validate(evaluate, back).data == validate(evaluate, data).data


def test_what_is_typed_is_never_markup(draw, apply, answers):
    nasty = '"><script>alert(1)</script>'
    answers |= {"reason": nasty}
    answers["audit"][0] |= {"organisation": nasty, "started_on": nasty}
    for key in ("choose", "records"):
        page = draw(form_view(apply, answers, key))
        assert not page.find("script")
    assert dict(posted(draw(form_view(apply, answers, "choose"))))["reason"] == nasty


def test_an_error_stands_at_its_field_and_in_the_summary(draw, apply, answers):
    data = {**answers, "count": "四天"}
    page = draw(form_view(apply, data, scene=Scene(errors=validate(apply, data).errors)))
    link = page.select_one(".cf-summary a")
    control = page.find(id=link["href"].removeprefix("#"))
    assert control["value"] == "四天"
    assert control["aria-invalid"] == "true"
    assert (
        page.find(id=control["aria-describedby"].split()[-1]).text
        == "请填 1 到 30 之间的整数，比如 4"
    )


def test_every_control_has_a_label(draw, apply, answers):
    for key in ("choose", "records"):
        page = draw(form_view(apply, answers, key))
        for each in page.find_all(["input", "select", "textarea"]):
            if each.get("type") != "hidden":
                named = each.find_parent("label") or page.find(
                    "label", attrs={"for": each.get("id")}
                )
                assert named, each


def test_no_id_stands_twice(draw, apply, evaluate, answers):
    for view in (
        form_view(apply, answers, "records"),
        form_view(apply, answers, "choose"),
        form_view(evaluate, {}, scene=Scene(reviewed=answers)),
    ):
        ids = [each["id"] for each in draw(view).find_all(id=True)]
        assert len(ids) == len(set(ids))


def test_records_are_added_picked_and_removed_by_submits(draw, apply, answers):
    scene = Scene(library={"audit": [LibraryRecord("lib9", "松江样例")]})
    page = draw(form_view(apply, answers, "records", scene))
    buttons = {
        (each["name"], each["value"]) for each in page.find_all("button", attrs={"name": True})
    }
    assert buttons >= {
        ("_add", "audit"),
        ("_pick", "audit"),
        ("_remove", "audit/r1"),
        ("_save", "draft"),
        ("_go", "back"),
        ("_outcome", "submit"),
    }
    assert page.find("input", attrs={"name": "_picked.audit", "value": "lib9"})


def test_enter_in_a_field_never_presses_a_dangerous_button(draw, apply, answers):
    for key, name in (("choose", "_go"), ("records", "_save")):
        assert (
            draw(form_view(apply, answers, key)).find("button", attrs={"name": True})["name"]
            == name
        )


def test_a_locked_record_has_nothing_to_type(draw, correct, answers):
    flags = {"audit/r1": [Remark(text="补条款", code="J-07", fields=("days",))]}
    page = draw(form_view(correct, answers, scene=Scene(flags=flags)))
    names = {name for name, _ in posted(page) if name.startswith("audit.")}
    assert names == {"audit.r1.days"}
    assert "补条款" in page.select_one(".cf-record--returned .cf-remark").text
    assert not page.find("button", attrs={"name": "_add"})


def test_outcomes_stand_on_the_last_page_only(draw, apply, answers):
    assert not draw(form_view(apply, answers, "choose")).find("button", attrs={"name": "_outcome"})


def test_a_submitted_form_reads_in_both_languages(pages, apply, answers):
    source = """{% import "forms/readonly.html" as forms with context %}{{ forms.render_readonly(view) }}"""
    for locale, words in (("zh", "升级"), ("en", "Upgrade")):
        drawn = pages.from_string(source).render(view=readonly_view(apply, answers, Reader(locale)))
        assert words in drawn


def test_the_page_never_offers_an_empty_choice_silently(draw, apply):
    scene = Scene(choices={"body": [Option("7", Text("云杉", "Spruce"))]})
    options = (
        draw(form_view(apply, {}, "choose", scene))
        .find("select", attrs={"name": "body"})
        .find_all("option")
    )
    assert [each.text for each in options] == ["请选择", "云杉"]
