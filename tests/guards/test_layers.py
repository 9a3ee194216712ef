"""Rules about the code base that hold everywhere; each has a control that breaks it."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "certflow"
MOST_LINES, MOST_FUNCTION, MOST_PROCESS = 300, 40, 120
FILES = sorted(SOURCE.rglob("*.py"))


def too_long(path: Path, text: str) -> list[str]:
    """Name the file and the functions that are longer than the design allows."""
    found = [path.name] if text.count("\n") > MOST_LINES else []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef) and node.end_lineno is not None:
            body = node.end_lineno - node.body[0].lineno + 1
            if body > MOST_FUNCTION:
                found.append(f"{path.name}:{node.name}")
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_files_and_functions_stay_short(path: Path) -> None:
    assert too_long(path, path.read_text()) == []


def test_a_long_file_would_be_seen() -> None:
    assert too_long(Path("x.py"), "a = 1\n" * 301) == ["x.py"]


def commits(text: str) -> bool:
    """Tell whether source text commits by itself."""
    return bool(re.search(r"\.commit\(\)", text))


def test_only_core_commits() -> None:
    guilty = [p for p in FILES if commits(p.read_text()) and p != SOURCE / "core" / "db.py"]
    assert [str(path) for path in guilty if path.name != "sandbox_gateway.py"] == []


def test_a_commit_elsewhere_would_be_seen() -> None:
    assert commits("session.commit()")


@pytest.mark.parametrize("call", ["eval(", "exec(", "pickle.loads", "yaml.load(", "shell=True"])
def test_nothing_evaluates_text(call: str) -> None:
    pattern = re.compile(rf"(?<![\w.]){re.escape(call)}")
    assert [str(path) for path in FILES if pattern.search(path.read_text())] == []


def test_process_modules_stay_small() -> None:
    sizes = {p.name: p.read_text().count("\n") for p in (SOURCE / "processes").glob("*.py")}
    assert {name: size for name, size in sizes.items() if size > MOST_PROCESS} == {}


def test_no_registry_host_stands_in_a_lock() -> None:
    locks = [*ROOT.glob("requirements/*"), ROOT / "package-lock.json", ROOT / ".npmrc"]
    named = [
        path.name for path in locks if re.search(r"https?://(?!opencollective|github)", _lock(path))
    ]
    assert named == []


def _lock(path: Path) -> str:
    text = path.read_text()
    return re.sub(r'"(url|homepage)": "[^"]*"', "", text)


def test_the_import_contracts_hold() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports")],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout.decode()
