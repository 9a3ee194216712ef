"""The `certflow` command: set up, run, work, publish, back up, restore (catalogue I4, I5)."""

import argparse
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade

from certflow import backup
from certflow.app import MIGRATIONS, create_app
from certflow.background import run_until
from certflow.cases import proving, versions
from certflow.cases.paying import seed_fees
from certflow.core import audit_seals, rotation
from certflow.core.db import db, transaction
from certflow.core.errors import AppError
from certflow.core.settings import Settings
from certflow.studio import folders, packages, shipping

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
    _process_commands(add("processes", sync, "Publish, export or import processes."))
    _keeping_commands(add("keys", key_standing, "Show which keys stored values use."), "keys")
    _keeping_commands(add("audit", audit_verify, "Check the whole audit trail."), "audit")
    for name, action, text in (
        ("backup", do_backup, "Write database and files into one archive."),
        ("restore", do_restore, "Put an archive back into an empty installation."),
    ):
        add(name, action, text).add_argument("archive", type=Path)
    return parser


def _process_commands(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(required=True)
    publishing = actions.add_parser("sync", help="publish every process folder that changed")
    publishing.set_defaults(command=sync)
    replacing = "also over versions that administrators published"
    publishing.add_argument("--force", action="store_true", help=replacing)
    out = actions.add_parser("export", help="write a process into one file, or into folders")
    out.set_defaults(command=export_process)
    out.add_argument("key")
    out.add_argument("place", type=Path, nargs="?", default=ROOT, help="a folder, or a .zip file")
    out.add_argument("--number", type=int, help="a version; without it the one in force")
    out.add_argument("--draft", action="store_true", help="the open draft instead")
    taking = actions.add_parser("import", help="begin a draft from a file, or from folders")
    taking.set_defaults(command=import_process)
    taking.add_argument("place", type=Path, help="a .zip or .bpmn file, or a folder with bpmn/KEY")
    taking.add_argument("--by", required=True, help="the login in whose name the draft begins")
    taking.add_argument("--from", dest="source", help="the process's key, when PLACE is a folder")
    taking.add_argument("--key", default="", help="another key for the draft")


def _keeping_commands(parser: argparse.ArgumentParser, of: str) -> None:
    actions = parser.add_subparsers()
    if of == "keys":
        turning = actions.add_parser("rotate", help="put stored values under the newest key")
        turning.set_defaults(command=rotate_keys)
        turning.add_argument("--batch", type=int, default=rotation.BATCH, help="rows at once")
        return
    checking = actions.add_parser("verify", help="check the whole audit trail")
    checking.set_defaults(command=audit_verify)
    sealing = actions.add_parser("seal", help="seal the ends of the trail's chains")
    sealing.set_defaults(command=seal_audit)


def key_standing(settings: Settings, _options: argparse.Namespace) -> int:
    """Show how many stored values are under each key; one that has none can be taken away."""
    with create_app(settings).app_context(), _plainly() as said:
        for key, count in sorted(rotation.standing(db.session()).items()):
            print(f"{key}: {count}{'' if key in settings.encryption_keys else '  (no such key!)'}")
    return said.status


def rotate_keys(settings: Settings, options: argparse.Namespace) -> int:
    """Put stored values under the newest key, while the platform runs; can be stopped."""
    rows = unreadable = 0
    with create_app(settings).app_context(), _plainly() as said:
        for piece in rotation.rotate(max(1, options.batch)):
            rows, unreadable = rows + piece.rows, unreadable + piece.unreadable
            print(f"{piece.table}: {piece.rows} rows", flush=True)
        with transaction() as session:
            rotation.note(session, rows, unreadable)
        print(f"{rows} rows are under the newest key now, {unreadable} values cannot be read")
    return 1 if unreadable else said.status


def audit_verify(settings: Settings, _options: argparse.Namespace) -> int:
    """Reckon every chain of the audit trail afresh; name the broken ones."""
    with create_app(settings).app_context(), _plainly() as said:
        for broken in proving.broken_chains(db.session()):
            print(broken.chain, f"({broken.what})", *broken.at)
            said.status = 1
        print("the audit trail is broken" if said.status else "the audit trail is whole")
    return said.status


def seal_audit(settings: Settings, _options: argparse.Namespace) -> int:
    """Seal the ends of the chains that grew, as the worker does every hour."""
    with create_app(settings).app_context(), _plainly() as said:
        print(f"{audit_seals.seal(db.session())} chains, {audit_seals.path()}")
    return said.status


def init(settings: Settings, _options: argparse.Namespace | None = None) -> int:
    """Create or migrate the database and publish the shipped processes."""
    app = create_app(settings)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    with app.app_context():
        upgrade(directory=str(MIGRATIONS))
        _publish()
    return 0


def sync(settings: Settings, options: argparse.Namespace) -> int:
    """Publish changed process folders as new versions; running cases stay on theirs."""
    with create_app(settings).app_context():
        _publish(force=options.force)
    return 0


def export_process(settings: Settings, options: argparse.Namespace) -> int:
    """Write a process into one file (.zip), or into bpmn/KEY and forms/KEY below a folder."""
    with create_app(settings).app_context(), _plainly() as said, transaction() as session:
        content = folders.content_of(session, options.key, options.number, draft=options.draft)
        if options.place.suffix == ".zip":
            number = None if options.draft else options.number
            options.place.write_bytes(packages.packed(options.key, content, number))
            print(options.place)
        else:
            print(*folders.write(options.place, options.key, content), sep="\n")
    return said.status


def import_process(settings: Settings, options: argparse.Namespace) -> int:
    """Begin a draft from a file, or from the folders of a process."""
    with create_app(settings).app_context(), _plainly() as said, transaction() as session:
        place, by, key = options.place, options.by, options.key
        if place.is_dir():
            draft = folders.read(session, place, options.source or key, by, key)
        else:
            draft = folders.load(session, place.read_bytes(), place.name, by, key)
        print(f"draft of {draft.key}: {settings.base_url}/studio/{draft.key}/draft/imported")
    return said.status


class _Said:
    status = 0


@contextmanager
def _plainly() -> Iterator[_Said]:
    """Say in one line what a person can mend, the status is 1 then; close the database."""
    said = _Said()
    try:
        yield said
    except (AppError, OSError) as error:
        text = error.message.en if isinstance(error, AppError) else str(error)
        print(text, file=sys.stderr)
        said.status = 1
    finally:
        db.session.remove()
        db.engine.dispose()


def _publish(*, force: bool = False) -> None:
    with transaction() as session:
        for one in shipping.sync(session, ROOT, force=force):
            stays = f"kept, v{one.instead} stays in force; --force replaces it"
            print(f"{one.key} v{one.number}: {stays if one.instead else 'published'}")
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
