"""The sandbox's pages for payers and its signed answers for the platform."""

import hmac
import json
import threading
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, abort, current_app, redirect, render_template, request
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Response as AnyResponse

from certflow.core import clock
from certflow.core.clock import SHANGHAI
from certflow.core.settings import Settings
from certflow.core.text import yuan
from certflow.payments.gateways.sandbox import (
    SIGN_HEADER,
    TIME_HEADER,
    WINDOW,
    sign,
    sign_address,
    signature_holds,
)
from certflow.sandbox_gateway.courier import Courier, Post, described, post_to
from certflow.sandbox_gateway.store import Payment, Store
from certflow.sandbox_gateway.words import words

_pages = Blueprint("pages", __name__)
_FIELDS = ("merchant", "order", "amount", "currency", "title", "return", "time")
_PAGE_LIFETIME = timedelta(hours=2)
_PORT = 8081
_ACTIONS = {"pay": "paid", "fail": "failed", "close": "closed"}
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class _Bank:
    """What the pages work with: the settings, the store and the courier."""

    def __init__(self, settings: Settings, path: Path, post: Post | None) -> None:
        notify_url = f"{settings.base_url.rstrip('/')}/payments/notice"
        self.secret, self.merchant = settings.gateway_secret, settings.merchant
        self.store = Store(path)
        self.courier = Courier(self.store, self.secret, self.merchant, post or post_to(notify_url))


class _Quiet(WSGIRequestHandler):
    """Serves without an access log: addresses are tokens here."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Write nothing."""


def create_gateway(settings: Settings, path: Path, post: Post | None = None) -> Flask:
    """Build the sandbox: `path` is its own SQLite file, `post` replaces the network in tests."""
    app = Flask(__name__, static_folder="static", template_folder="templates")
    app.config["MAX_CONTENT_LENGTH"] = 64 * 1024
    app.extensions["bank"] = _Bank(settings, path, post)
    app.register_blueprint(_pages)
    app.jinja_env.globals["yuan"] = yuan
    return app


def run_gateway(settings: Settings) -> None:
    """Run the sandbox until the process is stopped, at the port of `gateway_url`.

    It listens on the loopback address only, whatever the settings say.
    """
    app = create_gateway(settings, settings.data_dir / "sandbox-gateway.db")
    stop = threading.Event()
    courier: Courier = app.extensions["bank"].courier
    threading.Thread(target=courier.keep_delivering, args=(stop,), daemon=True).start()
    port = urlsplit(settings.gateway_url).port or _PORT
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Quiet)
    try:
        server.serve_forever()
    finally:
        stop.set()
        server.server_close()


@_pages.get("/pay")
def open_page() -> AnyResponse | tuple[str, int]:
    """Check the signed address that the platform made, and show its payment page."""
    fields = {name: request.args.get(name, "") for name in _FIELDS}
    if not _is_ours(fields):
        return _message("bad_link", 400)
    payment = _bank().store.open_payment(fields, clock.now())
    if payment.state == "closed" and not payment.amount_fen:
        return _message("closed", 409)
    if payment.amount_fen != int(fields["amount"]):
        return _message("other_amount", 409)
    return redirect(f"/pay/{payment.token}?lang={_locale()}", 303)


@_pages.get("/pay/<token>")
def payment_page(token: str) -> str:
    """Show the payment page, or what became of the payment."""
    payment = _payment(token)
    events = list(reversed(_bank().store.events(payment.number)))
    return render_template("pay.html", payment=payment, events=events, **_language())


@_pages.post("/pay/<token>/<action>")
def act(token: str, action: str) -> AnyResponse:
    """Do what the tester chose, and tell the platform."""
    payment, bank = _payment(token), _bank()
    if action == "repeat":
        last = bank.store.events(payment.number)[-1:]
    elif action in _ACTIONS:
        event = bank.store.happen(payment, _ACTIONS[action], clock.now())
        last = [event] if event else []
    else:
        abort(404)
    for event in last:
        bank.courier.deliver(event)
    return redirect(f"/pay/{token}?lang={_locale()}", 303)


@_pages.get("/orders/<number>")
def tell_order(number: str) -> Response:
    """Answer what happened to an order; nothing, for one that is not known."""
    _must_be_platform()
    return _answer({"events": [described(e) for e in _bank().store.events(number)]})


@_pages.get("/bills/<day>")
def tell_bill(day: str) -> Response:
    """Answer all the money that moved on a day in Shanghai."""
    _must_be_platform()
    try:
        start = datetime.combine(datetime.fromisoformat(day).date(), time(), SHANGHAI)
    except ValueError:
        abort(404)
    start = start.astimezone(UTC)
    rows = _bank().store.on_day(start, start + timedelta(days=1))
    return _answer({"rows": [described(event) for event in rows]})


@_pages.post("/refunds")
def refund() -> Response:
    """Send a paid order's full amount back, once for a refund number; a notice follows."""
    _must_be_platform()
    wish, store = json.loads(request.get_data()), _bank().store
    payment = store.payment(number=wish["order"])
    if payment is None or payment.amount_fen != wish["amount_fen"]:
        abort(404)
    event = store.happen(payment, "refunded", clock.now(), event_id=wish["refund"])
    if event is None:
        abort(409)
    return _answer({"event_id": event.event_id})


@_pages.post("/closings")
def close() -> Response:
    """Let nobody pay an order any more; one that is paid stays paid."""
    _must_be_platform()
    number, at = json.loads(request.get_data())["order"], clock.now()
    _bank().store.close(number, at)
    return _answer({"events": [described(e) for e in _bank().store.events(number)]})


@_pages.after_request
def _protect(response: Response) -> Response:
    response.headers.update(_HEADERS)
    return response


def _bank() -> _Bank:
    bank: _Bank = current_app.extensions["bank"]
    return bank


def _is_ours(fields: dict[str, str]) -> bool:
    bank = _bank()
    right = sign_address(bank.secret, fields)
    if not hmac.compare_digest(right.encode(), request.args.get("sign", "").encode()):
        return False
    age = clock.now().timestamp() - int(fields["time"])
    return fields["merchant"] == bank.merchant and abs(age) <= _PAGE_LIFETIME.total_seconds()


def _must_be_platform() -> None:
    timestamp = request.headers.get(TIME_HEADER, "")
    body = f"{request.method} {request.path}\n".encode() + request.get_data()
    signature = request.headers.get(SIGN_HEADER, "")
    if not signature_holds(_bank().secret, timestamp, body, signature):
        abort(401)
    if abs(clock.now().timestamp() - int(timestamp)) > WINDOW.total_seconds():
        abort(401)


def _answer(content: dict[str, object]) -> Response:
    body = json.dumps(content).encode()
    timestamp = str(int(clock.now().timestamp()))
    signature = sign(_bank().secret, timestamp, f"{request.path}\n".encode() + body)
    headers = {TIME_HEADER: timestamp, SIGN_HEADER: signature}
    return Response(body, mimetype="application/json", headers=headers)


def _payment(token: str) -> Payment:
    return _bank().store.payment(token=token) or abort(404)


def _locale() -> str:
    best = request.args.get("lang") or request.accept_languages.best_match(["zh", "en"])
    return "en" if best == "en" else "zh"


def _language() -> dict[str, object]:
    return {"lang": _locale(), "w": words(_locale())}


def _message(key: str, status: int) -> tuple[str, int]:
    return render_template("message.html", key=key, **_language()), status


@_pages.app_errorhandler(404)
def _not_found(_error: Exception) -> tuple[str, int]:
    return _message("not_found", 404)
