"""`make test`: everything that says the project is sound, in order, with plain words.

It installs what the browser tests need where it may (Debian, as root). What cannot run here is
named; with CI=true leaving anything out is a failure.
"""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
CI = bool(os.environ.get("CI"))
PACKAGES = {"chromium": "chromium", "pdftotext": "poppler-utils"}
FONT = ("fonts-noto-cjk", Path("/usr/share/fonts/opentype/noto"))

STEPS: tuple[tuple[str, list[str]], ...] = (
    ("style", ["ruff", "check", "."]),
    ("format", ["ruff", "format", "--check", "."]),
    ("types", ["mypy"]),
    ("import contracts", ["lint-imports"]),
    ("tests", ["pytest", "-q", "-n", "2", "--dist", "loadgroup", "--ignore", "tests/browser"]),
    ("browser tests", ["pytest", "-q", "-n", "2", "--dist", "loadgroup", "tests/browser"]),
)


def main() -> int:
    """Run every step; return 0 when all passed and nothing was left out in CI."""
    install()
    left_out = missing()
    for what in left_out:
        print(f"LEFT OUT: {what}", flush=True)
    if left_out and CI:
        print("CI must leave nothing out.")
        return 1
    failed = [name for name, command in STEPS if not passes(name, command)]
    print(f"\n{'FAILED: ' + ', '.join(failed) if failed else 'All checks passed.'}")
    return 1 if failed else 0


def passes(name: str, command: list[str]) -> bool:
    """Run one step and say how long it took."""
    print(f"\n== {name}", flush=True)
    started = time.monotonic()
    done = subprocess.run([str(BIN / command[0]), *command[1:]], cwd=ROOT, check=False)
    print(
        f"== {name}: {'ok' if done.returncode == 0 else 'FAILED'} "
        f"({time.monotonic() - started:.0f} s)",
        flush=True,
    )
    return done.returncode == 0


def install() -> None:
    """Install Debian's Chromium, fonts and poppler where this is Debian and we are root."""
    wanted = [package for tool, package in PACKAGES.items() if shutil.which(tool) is None]
    if not FONT[1].exists():
        wanted.append(FONT[0])
    if not wanted or os.geteuid() != 0 or shutil.which("apt-get") is None:
        return
    print(f"installing {', '.join(wanted)}", flush=True)
    quiet = {
        "stdout": subprocess.DEVNULL,
        "env": os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
    }
    subprocess.run(["apt-get", "update", "-qq"], check=False, **quiet)  # type: ignore[call-overload]
    subprocess.run(["apt-get", "install", "-y", "-qq", *wanted], check=False, **quiet)  # type: ignore[call-overload]


def missing() -> list[str]:
    """Return, in words, what cannot run on this machine."""
    found = []
    if shutil.which("chromium") is None:
        found.append("browser tests: no chromium at hand")
    if shutil.which("pdftotext") is None:
        found.append("tests that read PDFs back: no pdftotext at hand")
    if not reachable("psycopg", "CERTFLOW_TEST_POSTGRESQL", "127.0.0.1", 5432):
        found.append("the PostgreSQL half of the integration tests: no server at hand")
    if not reachable("redis", "CERTFLOW_TEST_REDIS", "127.0.0.1", 6379):
        found.append("tests over Redis: no server at hand")
    return found


def reachable(_driver: str, variable: str, host: str, port: int) -> bool:
    """Tell whether a server listens, or one is named by its variable."""
    import socket

    if os.environ.get(variable):
        return True
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex((host, port)) == 0


if __name__ == "__main__":
    sys.exit(main())
