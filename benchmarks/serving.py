"""The application behind gunicorn on a loopback port, as an installation runs it."""

import base64
import hashlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import BinaryIO

from certflow.core.settings import Settings

Send = Callable[[str, bytes, dict[str, str]], int]
"""Send a body to a path with headers; return the status of the answer."""
WORKERS, THREADS = 2, 4
_START_SECONDS = 90


def secrets_of(name: bytes) -> str:
    """Return 32 bytes in base64, always the same for a name, that are worth nothing anywhere else."""
    return base64.b64encode(hashlib.sha256(b"throw-away " + name).digest()).decode()


def environment(database_url: str, data_dir: Path) -> dict[str, str]:
    """Return the CERTFLOW_* variables of a production installation with throw-away secrets."""
    return {
        "CERTFLOW_MODE": "production",
        "CERTFLOW_DATABASE_URL": database_url,
        "CERTFLOW_DATA_DIR": str(data_dir),
        "CERTFLOW_SECRET_KEY": secrets_of(b"cookies"),
        "CERTFLOW_ENCRYPTION_KEYS": f"b1:{secrets_of(b'columns')}",
        "CERTFLOW_INDEX_KEY": secrets_of(b"index"),
        "CERTFLOW_GATEWAY_URL": "https://pay.example.org",
        "CERTFLOW_GATEWAY_SECRET": secrets_of(b"gateway"),
        "CERTFLOW_BANK_ACCOUNT": "benchmark",
        "CERTFLOW_BASE_URL": "https://certflow.example.org",
        "CERTFLOW_SMTP_URL": "smtp://127.0.0.1:1",
        "CERTFLOW_API_PER_MINUTE": "100000000",
    }


def settings(database_url: str, data_dir: Path) -> Settings:
    """Return the same settings for this process."""
    return Settings.from_env(environment(database_url, data_dir))


@dataclass(frozen=True)
class Serving:
    """A running server: its port, its process."""

    port: int
    pid: int

    def cpu(self) -> float:
        """Return the CPU milliseconds that its workers have used (0 where there is no /proc)."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children")
        pids = children.read_text().split() if children.exists() else []
        return cpu_of([int(pid) for pid in pids])


def cpu_of(pids: Iterable[int]) -> float:
    """Return the CPU milliseconds that processes have used, as far as Linux tells."""
    ticks = 0
    for pid in pids:
        status = Path(f"/proc/{pid}/stat")
        if status.exists():
            ticks += sum(int(one) for one in status.read_text().rpartition(")")[2].split()[11:13])
    return ticks * 1000 / os.sysconf("SC_CLK_TCK")


@contextmanager
def server(database_url: str, data_dir: Path) -> Iterator[Serving]:
    """Serve wsgi:app with two workers of four threads."""
    port = _free_port()
    command = [sys.executable, "-m", "gunicorn", "wsgi:app", "--bind", f"127.0.0.1:{port}"]
    command += ["--workers", str(WORKERS), "--threads", str(THREADS), "--worker-class", "gthread"]
    command += ["--keep-alive", "60", "--log-level", "warning"]
    with (data_dir / "server.log").open("w") as log:
        process = subprocess.Popen(
            command,
            env=os.environ | environment(database_url, data_dir),
            cwd=Path(__file__).parents[1],
            stdout=log,
            stderr=log,
        )
        try:
            _wait(process, port, data_dir / "server.log")
            yield Serving(port, process.pid)
        finally:
            process.terminate()
            process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/login")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit(f"The server did not start: {log.read_text()[-2000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def over_http(port: int) -> Send:
    """Return the way to send over one connection that stays open.

    Written out: http.client costs half a millisecond a request, and clients
    share the cores with it.
    """
    connection = socket.create_connection(("127.0.0.1", port), timeout=60)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    answers = connection.makefile("rb")

    def send(path: str, body: bytes, headers: dict[str, str]) -> int:
        named = {"Host": "127.0.0.1", "Content-Length": str(len(body)), **headers}
        lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in named.items())]
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        return _answer(answers)

    return send


def _answer(answers: BinaryIO) -> int:
    """Read one answer to its end; return its status."""
    status, length = int(answers.readline().split()[1]), 0
    while line := answers.readline().strip():
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    answers.read(length)
    return status


def percentile(values: list[float], share: float) -> float:
    """Return the value below which `share` of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
