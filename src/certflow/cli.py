"""The `certflow` command: set up, run, work, publish, back up, restore (catalogue I4, I5)."""

import argparse
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade

from certflow import backup
from certflow.app import MIGRATIONS, create_app
from certflow.background import run_until
from certflow.cases import versions
from certflow.cases.paying import seed_fees
from certflow.core.db import transaction
from certflow.core.settings import Settings

ROOT = MIGRATIONS.parent
Command = Callable[[Settings, argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit status."""
    options = _parser().parse_args(arguments)
    command: Command = options.command
    return command(Settings.from_env(), options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="certflow", description=__doc__)
    commands = parser.add_subparsers(required=True)

    def add(name: str, command: Command, explanation: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=explanation, description=explanation)
        sub.set_defaults(command=command)
        return sub

    add("init", init, "Create or migrate the database and publish the shipped processes.")
    run_ = add("run", run, "Run web, background work and the sandbox gateway until Ctrl-C.")
    run_.add_argument("--port", type=int, default=8080)
    run_.add_argument("--no-demo", action="store_true", help="leave the demo data out")
    add("worker", worker, "Do background work until stopped: timers, outbox, payments.")
    add("sandbox-gateway", gateway, "Run the sandbox payment gateway.")
    processes = add("processes", sync, "Publish every process folder that changed.")
    processes.add_argument("action", choices=["sync"])
    for name, action, text in (
        ("backup", do_backup, "Write database and files into one archive."),
        ("restore", do_restore, "Put an archive back into an empty installation."),
    ):
        add(name, action, text).add_argument("archive", type=Path)
    return parser


def init(settings: Settings, _options: argparse.Namespace | None = None) -> int:
    """Create or migrate the database and publish the shipped processes."""
    app = create_app(settings)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    with app.app_context():
        upgrade(directory=str(MIGRATIONS))
        _publish()
    return 0


def sync(settings: Settings, _options: argparse.Namespace) -> int:
    """Publish changed process folders as new versions; running cases stay on theirs."""
    with create_app(settings).app_context():
        _publish()
    return 0


def _publish() -> None:
    with transaction() as session:
        for published in versions.sync(session, ROOT):
            print(f"published {published}")
        for service in versions.services(session):
            seed_fees(session, service.bundle.key, service.settings)


def worker(settings: Settings, _options: argparse.Namespace) -> int:
    """Do background work until SIGTERM or SIGINT."""
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    with create_app(settings).app_context():
        run_until(stopped)
    return 0


def gateway(settings: Settings, _options: argparse.Namespace) -> int:
    """Run the sandbox payment gateway on loopback."""
    from certflow.sandbox_gateway import run_gateway

    run_gateway(settings)
    return 0


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Set up what is missing, then run everything; one Ctrl-C stops all of it."""
    from dataclasses import replace

    port = options.port
    settings = replace(
        settings,
        base_url=os.environ.get("CERTFLOW_BASE_URL", f"http://127.0.0.1:{port}"),
        gateway_url=os.environ.get("CERTFLOW_GATEWAY_URL", f"http://127.0.0.1:{port + 1}"),
    )
    init(settings)
    if not options.no_demo:
        _load_demo(create_app(settings))
    environment = os.environ | {
        "CERTFLOW_BASE_URL": settings.base_url,
        "CERTFLOW_GATEWAY_URL": settings.gateway_url,
        "CERTFLOW_DATA_DIR": str(settings.data_dir),
    }
    parts = [
        subprocess.Popen(command, env=environment, cwd=ROOT, start_new_session=True)  # noqa: S603
        for command in _commands(port)
    ]
    print(f"\nCertFlow is ready: {settings.base_url}   (Ctrl-C stops it)", flush=True)
    return _wait(parts)


def _load_demo(app: Flask) -> None:
    from certflow import demo

    with app.app_context():
        demo.load()
        print(demo.logins_table())


def _commands(port: int) -> list[list[str]]:
    this = [sys.executable, "-m", "certflow"]
    web = [sys.executable, "-m", "gunicorn", "wsgi:app", "--bind", f"127.0.0.1:{port}"]
    web += ["--worker-class", "gthread", "--workers", "1", "--threads", "8"]
    web += ["--log-level", "warning", "--graceful-timeout", "5"]
    return [web, [*this, "worker"], [*this, "sandbox-gateway"]]


def _wait(parts: list[subprocess.Popen[bytes]]) -> int:
    """Wait until Ctrl-C, or until one part ends by itself; then stop the others."""
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    while not stopped.wait(0.5):
        if any(part.poll() is not None for part in parts):
            break
    for part in parts:
        part.terminate()
    codes = [part.wait(timeout=15) for part in parts]
    return 0 if stopped.is_set() else max(codes, key=abs)


def do_backup(settings: Settings, options: argparse.Namespace) -> int:
    """Write database and files into one archive."""
    print(backup.backup(settings, options.archive))
    return 0


def do_restore(settings: Settings, options: argparse.Namespace) -> int:
    """Put an archive back into an empty installation."""
    print(backup.restore(settings, options.archive))
    return 0
