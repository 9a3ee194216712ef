"""The OpenAPI document: written from the same declarations that check requests."""

from collections.abc import Callable
from http import HTTPStatus
from json import JSONDecodeError
from typing import Any, cast

import flask_smorest
import orjson
from flask import Request, request
from marshmallow import Schema, fields
from webargs import core
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import UnsupportedMediaType

from certflow.api.bearer import KEY_HEADER, KEY_PATTERN
from certflow.api.bearer import scope as scope_
from certflow.api.errors import MEDIA_TYPE

View = Callable[..., Any]
Decorator = Callable[[View], View]


class ProblemSchema(Schema):
    """An error (RFC 9457); title and detail are in the language that Accept-Language asks for."""

    type = fields.String(required=True, metadata={"example": "about:blank"})
    title = fields.String(required=True, metadata={"example": "Conflict"})
    status = fields.Integer(required=True, metadata={"example": 409})
    detail = fields.String(
        required=True, metadata={"example": "This case moved on while you were reading."}
    )
    code = fields.String(
        required=True,
        metadata={"example": "stale_page", "description": "A stable name for programs."},
    )
    errors = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        metadata={"description": "What is wrong, by the path of the field: audit/r1/duties."},
    )


class Parser(FlaskParser):
    """Reads requests: JSON strictly (no NaN, no lone surrogates, no endless nesting).

    A parameter that is not asked for is refused, not passed over.
    """

    DEFAULT_UNKNOWN_BY_LOCATION: dict[str, str | None] = {}  # noqa: RUF012 - as webargs has it

    def _raw_load_json(self, req: Request) -> Any:
        sent = req.get_data(cache=True)
        if not sent:
            return core.missing
        if not req.is_json:
            raise UnsupportedMediaType
        try:
            return orjson.loads(sent)
        except orjson.JSONDecodeError as error:
            # webargs takes an error without its document for an empty body.
            raise JSONDecodeError(error.msg, "?", 0) from error


class Api(flask_smorest.Api):  # type: ignore[misc]
    """flask-smorest's specification, with our errors and without its handlers."""

    ERROR_SCHEMA = ProblemSchema
    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        """Leave errors to api.errors."""

    def _register_responses(self) -> None:
        for status in HTTPStatus:
            answer: dict[str, Any] = {
                "description": status.phrase,
                "content": {MEDIA_TYPE: {"schema": ProblemSchema}},
            }
            if status is HTTPStatus.TOO_MANY_REQUESTS:
                answer["headers"] = {
                    "Retry-After": {"schema": {"type": "integer"}, "required": True}
                }
            self.spec.components.response(status.name, answer, lazy=True)


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]
    """One resource. Its view functions declare what they take, answer and refuse."""

    ARGUMENTS_PARSER = Parser()

    def __init__(self, tag: str, description: str) -> None:
        super().__init__(f"api_v1_{tag}", __name__, url_prefix="/api/v1", description=description)
        self.tag = tag

    def add_url_rule(self, *args: Any, **options: Any) -> None:
        """Add a rule; its operations are listed under the resource."""
        super().add_url_rule(*args, **{**options, "tags": [self.tag]})

    def takes(self, schema: type[Schema], location: str = "json", **more: Any) -> Decorator:
        """Declare and check the body or, with location "query", the parameters."""
        return cast("Decorator", super().arguments(schema(), location=location, **more))

    def answers(
        self, status: int, schema: Any = None, description: str = "", **more: Any
    ) -> Decorator:
        """Declare the answer; what the schema does not name is not sent."""
        described = super().response(status, schema, description=description or None, **more)
        return cast("Decorator", described)

    def operation(
        self, method: str, rule: str, scope: str | None, *refuses: int, once: bool = False
    ) -> Decorator:
        """Register a view function.

        Args:
            method: "get", "post", ...
            rule: the address below /api/v1.
            scope: what the token must be issued for; "" is any token, None no token at all.
            refuses: the statuses of its errors, beside those that follow from the rest.
            once: whether it takes an idempotency key.

        """
        statuses = {429, *refuses} | ({401, 403} if scope is not None else set())
        if method != "get":
            statuses |= {413}
        if once:
            statuses |= {409, 422}
        about: dict[str, Any] = {
            "responses": {status: HTTPStatus(status).name for status in sorted(statuses)},
            "security": [] if scope is None else [{"bearer": [scope] if scope else []}],
        }
        if once:
            about["parameters"] = ["IdempotencyKey"]

        def register(view: View) -> View:
            named = self.doc(operationId=view.__name__, **about)(view)
            if scope:
                named = scope_(scope)(named)
            self.route(rule, methods=[method.upper()])(named)
            return view

        return register


def describe(api: Api) -> None:
    """Add what operations share: the token, the idempotency key."""
    components = api.spec.components
    components.security_scheme(
        "bearer",
        {
            "type": "http",
            "scheme": "bearer",
            "description": "A token from POST /api/v1/tokens. Cookies are not looked at.",
        },
    )
    components.parameter(
        "IdempotencyKey",
        "header",
        {
            "name": KEY_HEADER,
            "description": "Chosen by the program, fresh for each command, the same when it is "
            "sent again: the command then has no second effect and gets the first answer's shape "
            "and status. With another body the key is refused (409, `key_taken`).",
            "schema": {"type": "string", "pattern": f"^{KEY_PATTERN}$", "maxLength": 255},
            "example": "6f1c4f0e-5d0b-4a53-9b0e-1f3f6c9d2a77",
        },
    )


def sent_file() -> Any:
    """Return the file of a multipart request, or None."""
    return request.files.get("file")
