"""Personal data at rest: AES-256-GCM columns with a keyed blind index for look-up (design §6)."""

import hashlib
import hmac
import json
import os
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Dialect, LargeBinary, TypeDecorator

from certflow.core.settings import current

_NONCE = 12


class DecryptionError(Exception):
    """A stored value cannot be read with the keys at hand: a wrong or lost key, or tampering."""


def encrypt(plain: bytes, context: str) -> bytes:
    """Encrypt with the newest key.

    The key's id stands in front, so older keys go on reading; `context` (table and column) is
    authenticated, so a value moved to another column does not decrypt.
    """
    key_id, key = list(current().encryption_keys.items())[-1]
    nonce = os.urandom(_NONCE)
    return key_id.encode() + b":" + nonce + AESGCM(key).encrypt(nonce, plain, context.encode())


def decrypt(stored: bytes, context: str) -> bytes:
    """Decrypt what `encrypt` made.

    Raises:
        DecryptionError: when the key is not known, or the value or its place was changed.

    """
    key_id, _, sealed = bytes(stored).partition(b":")
    key = current().encryption_keys.get(key_id.decode(errors="replace"))
    if key is None:
        raise DecryptionError(f"no encryption key {key_id!r} is configured")
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], context.encode())
    except InvalidTag as error:
        raise DecryptionError(f"a value of {context} cannot be decrypted") from error


def blind_index(purpose: str, value: str) -> str:
    """Return a keyed digest of `value`, to find and to compare what is stored encrypted."""
    message = f"{purpose}\x00{value.strip().upper()}".encode()
    return hmac.new(current().index_key, message, hashlib.sha256).hexdigest()


def mac(purpose: str, content: bytes) -> str:
    """Return a keyed digest of `content`: who has only the database can neither make nor check it."""
    return hmac.new(
        current().index_key, purpose.encode() + b"\x00" + content, hashlib.sha256
    ).hexdigest()


def newest_key() -> str:
    """Return the id of the key that encrypts."""
    return list(current().encryption_keys)[-1]


def key_of(stored: bytes) -> str:
    """Return the id of the key under which a value is stored."""
    return bytes(stored).partition(b":")[0].decode(errors="replace")


class EncryptedText(TypeDecorator[str]):
    """A text column that the database sees only encrypted; `context` names table and column."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, context: str) -> None:
        super().__init__()
        self.context = context

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        """Encrypt on the way in."""
        return None if value is None else encrypt(value.encode(), self.context)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        """Decrypt on the way out."""
        return None if value is None else decrypt(value, self.context).decode()


class EncryptedJson(TypeDecorator[Any]):
    """A JSON column that the database sees only encrypted."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, context: str) -> None:
        super().__init__()
        self.context = context

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        """Encrypt on the way in."""
        if value is None:
            return None
        return encrypt(json.dumps(value, ensure_ascii=False).encode(), self.context)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Any:
        """Decrypt on the way out."""
        return None if value is None else json.loads(decrypt(value, self.context))


def mask_document(number: str) -> str:
    """Show the first six and the last four characters of a document number, no more."""
    shown = 10
    if len(number) <= shown:
        return number[:2] + "*" * max(len(number) - 2, 0)
    return number[:6] + "*" * (len(number) - shown) + number[-4:]


def mask_phone(phone: str) -> str:
    """Show 138****0000."""
    digits = 11
    return phone[:3] + "****" + phone[-4:] if len(phone) >= digits else "****"
