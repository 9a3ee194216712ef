"""Version 1 of the API: one module a resource, and the document that describes them."""

from typing import Any

import orjson
from flask import Flask, Response

from certflow.api.document import Api, describe
from certflow.api.v1 import cases, certificates, files, services, tasks, tokens
from certflow.core.access import PUBLIC, allow

RESOURCES = (tokens, services, cases, tasks, files, certificates)
ABOUT = """\
Certification services for programs.

Log in at `/tokens`, send the token as `Authorization: Bearer ...`. A program acts for one account
in one role and sees what that role sees; everything else is 404. Errors are
`application/problem+json`, in Chinese or English by `Accept-Language`. Commands take an
`Idempotency-Key`. Times are UTC; days are days in Asia/Shanghai.
"""


def install(app: Flask) -> None:
    """Register the resources and serve their description."""
    api = Api(
        app,
        spec_kwargs={
            "title": "CertFlow API",
            "version": "1.0.0",
            "openapi_version": "3.1.0",
            "info": {"description": ABOUT},
            "tags": [
                {"name": one.blueprint.tag, "description": one.blueprint.description}
                for one in RESOURCES
            ],
        },
    )
    describe(api)
    for one in RESOURCES:
        api.register_blueprint(one.blueprint)
        app.extensions["csrf"].exempt(one.blueprint)
    _serve(app, orjson.dumps(api.spec.to_dict(), option=orjson.OPT_INDENT_2))


def _serve(app: Flask, document: bytes) -> None:
    @allow(PUBLIC)
    def openapi() -> Any:
        return Response(document, mimetype="application/json")

    app.add_url_rule("/api/v1/openapi.json", "api_v1_openapi", openapi)
