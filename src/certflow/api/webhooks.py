"""What webhooks are told, for the OpenAPI document (3.1 has a place for it)."""

from typing import Any

from certflow.notifications.webhooks import EVENTS

_TEXT: dict[str, Any] = {"type": "string"}
_MAYBE: dict[str, Any] = {"type": ["string", "null"]}
_INTEGER: dict[str, Any] = {"type": "integer"}
_HEADERS = {
    "webhook-id": "Names the message, the same at every try: take each once.",
    "webhook-timestamp": "When this try was made, in seconds since 1970: refuse what is older than "
    "five minutes.",
    "webhook-signature": "`v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`, keyed with "
    "the decoded part of the secret behind `whsec_` (standardwebhooks.com).",
}
_CASE = {
    "id": _INTEGER,
    "number": _MAYBE,
    "service": _TEXT,
    "state": {"enum": ["open", "closed"]},
    "stages": {"type": "array", "items": _TEXT},
    "outcome": _MAYBE,
    "version": {
        **_INTEGER,
        "description": "Grows with each transition: the order is not promised.",
    },
}
_TASK = {"id": _INTEGER, "element": _TEXT, "role": _TEXT, "outcome": _TEXT}
_ANSWERS = {
    "2XX": {"description": "Taken. Anything else, or no answer in 5 seconds, is tried again."}
}


def described() -> dict[str, Any]:
    """Return the `webhooks` of the document, one an event."""
    return {event: {"post": _operation(event, words.en)} for event, words in EVENTS.items()}


def _operation(event: str, summary: str) -> dict[str, Any]:
    data = {"case": _object(_CASE, list(_CASE))}
    if event in {"task.opened", "task.completed", "case.returned"}:
        data["task"] = _object(_TASK, ["id", "element"])
    if event == "certificate.issued":
        data["certificate"] = _object({"number": _TEXT}, ["number"])
    body = {
        "type": {"const": event},
        "timestamp": {"type": "string", "format": "date-time", "description": "When it happened."},
        "data": _object(data, list(data)),
    }
    return {
        "summary": summary,
        "operationId": "on_" + event.replace(".", "_"),
        "tags": ["webhooks"],
        "parameters": [_header(name, words) for name, words in _HEADERS.items()],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _object(body, list(body))}},
        },
        "responses": _ANSWERS,
    }


def _header(name: str, words: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": True, "schema": _TEXT, "description": words}


def _object(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required}
