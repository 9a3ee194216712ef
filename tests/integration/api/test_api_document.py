"""What the document promises holds: requests made from it find no fault and no surprise."""

import json
import os

import jsonschema_rs
import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from certflow.core import outbox
from certflow.core.limits import limiter
from certflow.notifications.webhooks import EVENTS, new_webhook
from factories.actors import actor, make_user
from factories.programs import Programs
from factories.receiver import receiver

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = int(os.environ.get("CERTFLOW_API_EXAMPLES", "5"))
"""How many requests of each operation: a few here, many by hand (docs/api.md)."""
OPERATIONS = 21


def test_requests_made_from_the_document_find_no_fault(
    programs: Programs, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limiter, "enabled", False)
    programs.begin().choose().apply()
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    operations = [result.ok() for result in schema.get_all_operations()]
    assert len(operations) == OPERATIONS
    for operation in operations:
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            probe(programs, operation, mode)


def probe(programs: Programs, operation, mode: GenerationMode) -> None:
    """Send some requests of an operation with the applicant's and the staff's token."""
    programs.call("liu", "GET", "/tokens/current")

    @seed(20261120)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(mode))
    def send(case: schemathesis.Case) -> None:
        for login in ("lin", "liu"):
            aim(programs, case)
            headers = {"Authorization": f"Bearer {programs.tokens[login]}"}
            case.call_and_validate(headers=headers, checks=CHECKS)
            if operation.label.startswith("DELETE"):
                programs.tokens[login] = programs.log_in(login)

    try:
        send()
    except ValueError as error:
        if "Cannot generate" not in str(error) and "negative" not in str(error):
            raise


def aim(programs: Programs, case: schemathesis.Case) -> None:
    """Let every other request hit a case, a task, a service that exist."""
    key = case.path_parameters.get("key")
    if isinstance(key, str) and len(key) % 2:
        case.path_parameters["key"] = "registration"
    for name, real in (("case_id", programs.case_id), ("task_id", 1)):
        value = case.path_parameters.get(name)
        if isinstance(value, int) and value % 2:
            case.path_parameters[name] = real


def test_the_document_is_complete(app: Flask) -> None:
    document = app.test_client().get("/api/v1/openapi.json").json
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert "http" not in json.dumps(document).replace('"scheme": "bearer"', "").replace(
        '"type": "http"', ""
    )
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method == "parameters":
                continue
            assert operation["summary"], path
            assert {"security", "operationId", "tags"} <= set(operation), path
            once = any("IdempotencyKey" in str(one) for one in operation.get("parameters", ()))
            changes_a_case = method == "post" and path.split("/")[3] in {"cases", "tasks"}
            assert once is changes_a_case, path


def test_every_event_of_webhooks_is_described(app: Flask) -> None:
    document = app.test_client().get("/api/v1/openapi.json").json
    assert set(document["webhooks"]) == set(EVENTS)
    for event, item in document["webhooks"].items():
        assert EVENTS[event].en == item["post"]["summary"]


def test_what_is_sent_is_what_is_described(programs: Programs, app: Flask) -> None:
    document = app.test_client().get("/api/v1/openapi.json").json
    with receiver() as program:
        with programs.inside() as session:
            boss = actor(make_user(session, "root", "system_admin"), "system_admin")
            told = {"name": "n", "url": program.url, "events": tuple(EVENTS)}
            program.secret = new_webhook(session, boss, told).secret
        programs.begin().choose().apply().pre_review().pay().accept().assign()
        programs.evaluate().conclude().approve()
        with app.app_context():
            while outbox.relay():
                pass
    assert {"certificate.issued", "case.closed", "task.opened"} <= set(program.events)
    for sent in program.taken:
        item = document["webhooks"][sent["type"]]["post"]["requestBody"]
        jsonschema_rs.validate(item["content"]["application/json"]["schema"], sent)


@pytest.mark.parametrize("name", ["CompletionBody", "NewTokenBody", "Problem"])
def test_bodies_carry_examples(app: Flask, name: str) -> None:
    document = app.test_client().get("/api/v1/openapi.json").json
    shown = document["components"]["schemas"][name]["properties"].values()
    assert any("example" in one for one in shown)


def test_a_fault_would_be_found(programs: Programs, app: Flask, monkeypatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("certflow.api.v1.services.versions.services", broken)
    programs.call("lin", "GET", "/tokens/current")
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    operation = schema["/api/v1/services"]["GET"]
    with pytest.raises(FailureGroup):
        probe(programs, operation, GenerationMode.POSITIVE)
