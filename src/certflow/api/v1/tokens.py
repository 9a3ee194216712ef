"""Tokens: log in with a password, log out (catalogue A10, I1)."""

from datetime import timedelta
from typing import Any

from flask import g, request
from marshmallow import Schema, fields, validate

from certflow.accounts import second_factor
from certflow.accounts.queries import grants_of
from certflow.accounts.roles import ROLES
from certflow.accounts.sign_in import role_used_last, verify
from certflow.accounts.tokens import SCOPES, get_api_token, issue_api_token, revoke_api_token
from certflow.api.document import Blueprint
from certflow.api.errors import app_error
from certflow.api.fields import Body, Line
from certflow.core import clock
from certflow.core.access import PUBLIC, SIGNED_IN, SignInNeeded, allow, current_actor
from certflow.core.actor import Actor
from certflow.core.db import db
from certflow.core.errors import Forbidden
from certflow.core.http import keep_changes
from certflow.core.limits import TOKENS, limiter
from certflow.core.text import Text

blueprint = Blueprint("tokens", "Log in and out")

LIFETIME = timedelta(hours=12)
INITIAL = Text(
    "这个账号还在用初始密码。请先在网页上修改密码。",
    "This account still has its initial password. Change it on the web site first.",
)

SECOND_FACTOR = Text(
    "这个账号使用动态验证码，不能只凭密码取得令牌。请由系统管理员签发接口令牌。",
    "This account has a second factor: a password alone gives no token. Ask a system administrator "
    "to issue one.",
)


class WrongPassword(SignInNeeded):
    """Name or password is wrong; nobody is told which."""

    def __init__(self) -> None:
        super().__init__(Text("用户名或密码不正确。", "The login name or the password is wrong."))


class NewTokenBody(Body):
    """Who logs in, and for what the token is to be good."""

    login_name = Line(64, least=1, required=True, metadata={"example": "lin.zhiyuan"})
    password = fields.String(
        required=True, validate=validate.Length(1, 200), metadata={"example": "crane-7-over-lake"}
    )
    role = fields.String(
        validate=validate.OneOf(list(ROLES)),
        metadata={"example": "applicant", "description": "The role used last when left out."},
    )
    scopes = fields.List(
        fields.String(validate=validate.OneOf(SCOPES)),
        load_default=list(SCOPES),
        validate=validate.Length(1, 10),
        metadata={"example": ["cases:read"]},
    )
    name = Line(100, load_default="", metadata={"example": "Nightly import"})


class TokenSchema(Schema):
    """For whom a token acts and what it is good for."""

    user_name = fields.String(required=True, metadata={"example": "林知远"})
    role = fields.String(required=True, metadata={"example": "applicant"})
    organisation_id = fields.Integer(required=True, allow_none=True)
    scopes = fields.List(fields.String(), required=True, metadata={"example": list(SCOPES)})


class NewTokenSchema(TokenSchema):
    """A token; it is shown only here."""

    token = fields.String(required=True, metadata={"example": "cft_qX7…"})
    token_type = fields.String(required=True, metadata={"example": "Bearer"})
    expires_at = fields.AwareDateTime(required=True)


@blueprint.operation("post", "/tokens", None, 400, 401, 403, 415, 422, 429)
@blueprint.takes(NewTokenBody)
@blueprint.answers(201, NewTokenSchema)
@limiter.limit(TOKENS)
@allow(PUBLIC)
def create_token(sent: dict[str, Any]) -> Any:
    """Log in: exchange a password for a bearer token of 12 hours.

    Wrong passwords are counted; after too many the account or address has to wait.
    """
    session, at = db.session(), clock.now()
    user = verify(session, sent["login_name"], sent["password"], at, request.remote_addr or "")
    if user is None:
        keep_changes()
        return app_error(WrongPassword())
    last, until = role_used_last(session, user), at + LIFETIME
    role = sent.get("role", last)
    if user.must_change_password:
        raise Forbidden(INITIAL)
    if second_factor.enrolled(session, user.id) or second_factor.needed(session, user.id):
        raise Forbidden(SECOND_FACTOR)
    token, raw = issue_api_token(
        session,
        user.id,
        role,
        sent["scopes"],
        at,
        expires_at=until,
        name=sent["name"],
        actor=Actor(user.id, user.name, role),
    )
    return {
        "token": raw,
        "token_type": "Bearer",
        "expires_at": until,
        "user_name": user.name,
        "role": role,
        "organisation_id": grants_of(session, user.id)[role],
        "scopes": token.scopes,
    }


@blueprint.operation("get", "/tokens/current", "")
@blueprint.answers(200, TokenSchema)
@allow(SIGNED_IN)
def get_token() -> Any:
    """Say for whom this token acts."""
    actor = current_actor()
    return {
        "user_name": actor.name,
        "role": actor.role,
        "organisation_id": actor.organisation_id,
        "scopes": sorted(g.token_scopes),
    }


@blueprint.operation("delete", "/tokens/current", "")
@blueprint.answers(204, description="The token is no longer good.")
@allow(SIGNED_IN)
def delete_token() -> Any:
    """Log out: end this token at once."""
    session = db.session()
    token = get_api_token(session, g.token_id)
    if token is not None:
        revoke_api_token(session, token, clock.now(), current_actor())
    return "", 204
