"""Every word for people exists in Chinese and in English; each check has a control.

Pages are written in Chinese and read their English from the catalogue; texts in Python and JSON
carry both languages side by side.
"""

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "certflow"
PO = SOURCE / "translations" / "en" / "LC_MESSAGES" / "messages.po"
JSON = sorted([*ROOT.glob("bpmn/*/service.json"), *ROOT.glob("forms/**/*.json")])
KEYWORDS = {**DEFAULT_KEYWORDS, "lazy_gettext": None}

FILLED = re.compile(r"\{[a-z_.]+\}")
"""What is filled in: a paragraph of a letter may be nothing else."""
CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
PLACE = re.compile(r"%\((\w+)\)[sd]|\{(\w+)\}")
CODE = re.compile(r"[^a-z]*")
"""What both languages write alike: clause numbers and abbreviations such as 8.1 or QMS."""
OWN_NAMES = ("English", "中文")
"""The switch to the other language names it in that language."""

Pair = tuple[str, object, object]


def extracted() -> Catalog:
    """Read the texts of pages and views out of the source, as `pybabel extract` does."""
    mappings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["babel"]["mappings"]
    found = Catalog()
    for _name, _line, message, _comments, context in extract_from_dir(
        ROOT,
        [(mapping["pattern"], mapping["method"]) for mapping in mappings],
        keywords=KEYWORDS,
        directory_filter=lambda path: _on_the_way(Path(path)),
    ):
        found.add(message, context=context)
    return found


def _on_the_way(path: Path) -> bool:
    return SOURCE.is_relative_to(path) or path.is_relative_to(SOURCE)


def catalogue() -> Catalog:
    with PO.open("rb") as file:
        return read_po(file, locale="en")


def texts(value: object) -> list[str]:
    """Return a msgid or msgstr as the list of its forms."""
    return [value] if isinstance(value, str) else [str(one or "") for one in value or ()]  # type: ignore[attr-defined]


def places(text: str) -> set[str]:
    return {one or other for one, other in PLACE.findall(text)}


def faults(wanted: Catalog, english: Catalog) -> list[str]:
    """Name what the pages say and the catalogue lacks, says otherwise, or has left over."""
    found = []
    for message in _messages(wanted):
        entry = english.get(message.id, message.context)
        said = texts(entry.string) if entry else []
        if not said or not all(one.strip() for one in said):
            found.append(f"no English: {message.id}")
        elif message.pluralizable and len(said) < english.num_plurals:
            found.append(f"no plural: {message.id}")
        elif any(places(one) != places(texts(message.id)[0]) for one in said):
            found.append(f"other placeholders: {message.id}")
        elif entry and (entry.fuzzy or any(CHINESE.search(one) for one in said)):
            found.append(f"not yet English: {message.id}")
    left = [one for one in _messages(english) if wanted.get(one.id, one.context) is None]
    return [
        *found,
        *(f"obsolete: {one.id}" for one in left),
        *(f"obsolete: {one.id}" for one in english.obsolete.values()),
    ]


def _messages(catalog: Catalog) -> Iterator[Message]:
    return (message for message in catalog if message.id)


def pair_fault(zh: object, en: object) -> str:
    """Say what is wrong with a text in two languages; empty when nothing is."""
    if not isinstance(zh, str) or not isinstance(en, str):
        return "a language is missing"
    same = zh and zh == en and CODE.fullmatch(zh) and not CHINESE.search(zh)
    if same or (zh, en) == OWN_NAMES:
        return ""
    if not en.strip():
        return "no English"
    if CHINESE.search(en):
        return "Chinese in the English"
    if re.search(r"[A-Za-z]", FILLED.sub("", zh)) and not CHINESE.search(zh):
        return "no Chinese"
    return ""


def python_pairs(name: str, source: str) -> Iterator[Pair]:
    """Find every Text(zh, en) whose words stand in the source; `{}` stands for a computed part."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or getattr(node.func, "id", "") != "Text":
            continue
        words = [_literal(argument) for argument in node.args]
        if len(words) == 2 and None not in words and words != ["", ""]:
            yield f"{name}:{node.lineno}", words[0], words[1]


def _literal(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_literal(part) or "{}" for part in node.values)
    return None


def json_pairs(name: str, value: object) -> Iterator[Pair]:
    """Find every {"zh", "en"} of a JSON document; lists of search words count word by word."""
    if isinstance(value, dict) and {"zh", "en"} & value.keys():
        zh, en = value.get("zh"), value.get("en")
        if isinstance(zh, list) and isinstance(en, list):
            yield from ((name, one, "list") for one in zh if not CODE.fullmatch(one))
            yield from ((name, "列", one) for one in en)
        else:
            yield name, zh, en
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from json_pairs(name, part)


def wrong(pairs: Iterator[Pair]) -> list[str]:
    return [
        f"{where}: {fault}: {zh} | {en}" for where, zh, en in pairs if (fault := pair_fault(zh, en))
    ]


def test_every_text_of_the_pages_has_its_english() -> None:
    found = extracted()
    assert len(found) > 500, "the extraction itself is broken"
    assert not catalogue().fuzzy, "pybabel compile skips a fuzzy catalogue: mend its header"
    missing = faults(found, catalogue())
    assert not missing, "\n".join(["", *missing])


def test_a_missing_a_wrong_and_a_left_over_translation_would_be_seen() -> None:
    wanted, english = Catalog(locale="en"), Catalog(locale="en")
    for text in ("缺", "空", "还有 %(n)s 件", "中文"):
        wanted.add(text)
    wanted.add(("%(num)s 件", "%(num)s 件"))
    english.add("空", " ")
    english.add("还有 %(n)s 件", "%(number)s cases left")
    english.add("中文", "In 中文")
    english.add("旧", "old")
    english.add(("%(num)s 件", "%(num)s 件"), ("%(num)s case", ""))
    assert [fault.split(":")[0] for fault in faults(wanted, english)] == [
        "no English",
        "no English",
        "other placeholders",
        "not yet English",
        "no English",
        "obsolete",
    ]


@pytest.mark.parametrize(
    "path", sorted(SOURCE.rglob("*.py")), ids=lambda p: str(p.relative_to(SOURCE))
)
def test_texts_in_python_are_in_both_languages(path: Path) -> None:
    assert wrong(python_pairs(path.name, path.read_text())) == []


@pytest.mark.parametrize("path", JSON, ids=lambda path: str(path.relative_to(ROOT)))
def test_texts_of_forms_and_services_are_in_both_languages(path: Path) -> None:
    assert wrong(json_pairs(path.name, json.loads(path.read_text()))) == []


def test_a_text_without_one_language_would_be_seen() -> None:
    source = (
        'Text("中文", "")\nText("中文", "In 中文")\nText("Words", "Words")\nText(f"{a}：", "：")'
    )
    assert [line.split(": ")[1] for line in wrong(python_pairs("x.py", source))] == [
        "no English",
        "Chinese in the English",
        "no Chinese",
        "Chinese in the English",
    ]
    forms = {
        "title": {"zh": "标题"},
        "fields": [{"zh": "8.1", "en": "8.1"}, {"zh": "a", "en": "a"}, {"zh": "", "en": ""}],
    }
    assert [line.split(": ")[1] for line in wrong(json_pairs("x.json", forms))] == [
        "a language is missing",
        "no Chinese",
        "no English",
    ]
