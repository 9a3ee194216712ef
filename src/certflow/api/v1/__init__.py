"""Version 1 of the API: one module a resource, and the document that describes them."""

from typing import Any

import orjson
from flask import Flask, Response

from certflow.api.document import Api, describe
from certflow.api.v1 import cases, certificates, files, services, tasks, tokens
from certflow.api.webhooks import described
from certflow.core.access import PUBLIC, allow
from certflow.core.limits import limiter, per_token, who_calls

RESOURCES = (tokens, services, cases, tasks, files, certificates)
ABOUT = """\
Certification services for programs.

Log in at `/tokens`, or issue a longer-lived token on the web site (one's account; an organisation's
page; administrators), and send it as `Authorization: Bearer ...`. A program acts for one account in
one role and sees what that role sees; everything else is 404.

**Errors** are `application/problem+json`, in Chinese or English by `Accept-Language`; `code` is for
programs. **Commands** take an `Idempotency-Key`. **Times** are UTC; days are days in Asia/Shanghai.

**Lists**: `/cases` goes by `page` and `page_size` and tells the `total`; `/tasks` by `limit` and
`after`, which is `next` of the page before, null on the last one. Filters are parameters; an unknown
one is refused (422), not passed over.

**Limits**: a token has 1,200 requests a minute unless the installation says otherwise; logging in and
the public check have limits of their own, an address each. Beyond them the answer is 429 with
`Retry-After`, in seconds.

**Webhooks**: instead of asking again and again, have your address told; see `webhooks` below.
"""

for _one in RESOURCES:
    limiter.shared_limit(per_token, scope="api", key_func=who_calls)(_one.blueprint)


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
    document = {**api.spec.to_dict(), "webhooks": described()}
    _serve(app, orjson.dumps(document, option=orjson.OPT_INDENT_2))


def _serve(app: Flask, document: bytes) -> None:
    @allow(PUBLIC)
    def openapi() -> Any:
        return Response(document, mimetype="application/json")

    app.add_url_rule("/api/v1/openapi.json", "api_v1_openapi", openapi)
