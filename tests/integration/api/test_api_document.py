"""What the document promises holds: requests made from it find no fault and no surprise."""

import json

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from factories.programs import Programs

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
EXAMPLES = 5
OPERATIONS = 21


def test_requests_made_from_the_document_find_no_fault(programs: Programs, app: Flask) -> None:
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
            if "task_id" in case.path_parameters or "case_id" in case.path_parameters:
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
    """Let every other request hit a case and a task that exist."""
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
