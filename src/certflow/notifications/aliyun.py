"""Alibaba Cloud's text message service by plain HTTPS, signed with ACS3-HMAC-SHA256.

Only what `SendSms` needs: https://help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import quote

from certflow.core import clock
from certflow.core.errors import AppError
from certflow.core.text import Text

VERSION = "2017-05-25"
ACTION = "SendSms"
_ALGORITHM = "ACS3-HMAC-SHA256"
_EMPTY = hashlib.sha256(b"").hexdigest()
_TIMEOUT_SECONDS = 10
_MOST_BYTES = 100_000


class NotAccepted(AppError):
    """The service did not take the message; the reason is its code, never the number."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            Text(f"短信没有被接受：{reason}", f"The text message was not accepted: {reason}"), 502
        )


@dataclass(frozen=True)
class Aliyun:
    """The service at `host`; `templates` maps ours to those approved there. TLS unless `plain`."""

    host: str
    key_id: str
    secret: str
    sign_name: str
    templates: Mapping[str, str]
    plain: bool = False

    def send(
        self, phone: str, template: str, values: Mapping[str, str], locale: str, key: str
    ) -> None:
        """Send one message; `key` comes back in its receipt.

        Raises:
            NotAccepted: the service refused it, or gave no answer of its own.

        """
        if template not in self.templates:
            raise NotAccepted(f"no template for {template}")
        query = {
            "PhoneNumbers": phone.removeprefix("+"),
            "SignName": self.sign_name,
            "TemplateCode": self.templates[template],
            "TemplateParam": json.dumps(dict(values), ensure_ascii=False),
            "OutId": key,
        }
        at, nonce = clock.now().astimezone(UTC), secrets.token_hex(16)
        headers = signed(self, query, at, nonce)
        try:
            connection = (HTTPConnection if self.plain else HTTPSConnection)(
                self.host, timeout=_TIMEOUT_SECONDS
            )
            with_query = f"/?{canonical_query(query)}"
            connection.request("POST", with_query, body=b"", headers=headers)
            answer = json.loads(connection.getresponse().read(_MOST_BYTES))
            connection.close()
        except (OSError, HTTPException, ValueError) as error:
            raise NotAccepted(f"no answer: {type(error).__name__}") from error
        code = str(answer.get("Code", "")) if isinstance(answer, dict) else ""
        if code != "OK":
            raise NotAccepted(code[:60] or "no answer")


def signed(
    service: Aliyun,
    query: Mapping[str, str],
    at: datetime,
    nonce: str,
    action: str = ACTION,
    version: str = VERSION,
) -> dict[str, str]:
    """Return the headers of a request with an empty body, its signature among them."""
    headers = {
        "host": service.host,
        "x-acs-action": action,
        "x-acs-content-sha256": _EMPTY,
        "x-acs-date": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": nonce,
        "x-acs-version": version,
    }
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    request = "\n".join(["POST", "/", canonical_query(query), lines, names, _EMPTY])
    told = f"{_ALGORITHM}\n{hashlib.sha256(request.encode()).hexdigest()}"
    signature = hmac.new(service.secret.encode(), told.encode(), hashlib.sha256).hexdigest()
    credential = f"Credential={service.key_id},SignedHeaders={names},Signature={signature}"
    return headers | {"Authorization": f"{_ALGORITHM} {credential}"}


def canonical_query(query: Mapping[str, str]) -> str:
    """Write a query in the one spelling that is signed."""
    return "&".join(
        f"{quote(name, safe='-_.~')}={quote(query[name], safe='-_.~')}" for name in sorted(query)
    )
