"""Settings with which production must not start (H13)."""

import base64
import tempfile

from certflow.core.settings import Settings, SettingsError
from factories.probing.tally import Tally


def key(seed: int) -> str:
    """Return 32 bytes that look like a key."""
    return base64.b64encode(bytes((seed + 37 * n + n * n * 11) % 256 for n in range(32))).decode()


SAFE = {
    "CERTFLOW_MODE": "production",
    "CERTFLOW_SECRET_KEY": "Zt7-kq2VbX9mWc4RjH8sLdP5nYfA3uGe",
    "CERTFLOW_ENCRYPTION_KEYS": f"k1:{key(1)}",
    "CERTFLOW_INDEX_KEY": key(2),
    "CERTFLOW_DATABASE_URL": "sqlite://",
    "CERTFLOW_GATEWAY_URL": "https://pay.example.org",
    "CERTFLOW_GATEWAY_SECRET": "vR4-wq8TnB2xKc7MjL5s",
    "CERTFLOW_BANK_ACCOUNT": "示例银行 0000",
    "CERTFLOW_BASE_URL": "https://certflow.example.org",
}
"""What production starts with."""
SAMPLE = base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
UNSAFE: tuple[tuple[str, dict[str, str]], ...] = (
    *(
        (f"no {name}", {name: ""})
        for name in SAFE
        if name not in {"CERTFLOW_MODE", "CERTFLOW_GATEWAY_URL"}
    ),
    ("a short secret", {"CERTFLOW_SECRET_KEY": "s3cr3t"}),
    ("a sample secret", {"CERTFLOW_SECRET_KEY": "change-me-change-me-change-me-change-me"}),
    ("a secret of one letter", {"CERTFLOW_SECRET_KEY": "x" * 48}),
    ("a sample encryption key", {"CERTFLOW_ENCRYPTION_KEYS": f"k1:{SAMPLE}"}),
    ("an encryption key of zeros", {"CERTFLOW_ENCRYPTION_KEYS": "k1:" + "A" * 43 + "="}),
    ("a short encryption key", {"CERTFLOW_ENCRYPTION_KEYS": "k1:c2hvcnQ="}),
    ("an encryption key without a name", {"CERTFLOW_ENCRYPTION_KEYS": f":{key(1)}"}),
    ("no base64", {"CERTFLOW_ENCRYPTION_KEYS": "k1:???"}),
    ("one sample key of two", {"CERTFLOW_ENCRYPTION_KEYS": f"k1:{SAMPLE},k2:{key(3)}"}),
    ("a sample index key", {"CERTFLOW_INDEX_KEY": SAMPLE}),
    ("a short index key", {"CERTFLOW_INDEX_KEY": "c2hvcnQ="}),
    ("one key for both", {"CERTFLOW_INDEX_KEY": key(1)}),
    ("the sandbox's secret", {"CERTFLOW_GATEWAY_SECRET": "sandbox-only"}),
    ("a short gateway secret", {"CERTFLOW_GATEWAY_SECRET": "g"}),
    ("pages without TLS", {"CERTFLOW_BASE_URL": "http://certflow.example.org"}),
    ("a gateway without TLS", {"CERTFLOW_GATEWAY_URL": "http://pay.example.org"}),
    ("mail without TLS", {"CERTFLOW_SMTP_URL": "smtp://mail.example.org:25"}),
    ("text messages without TLS", {"CERTFLOW_SMS_URL": "aliyun+http://a:b@sms.example.org?sign=x"}),
    ("a far Redis without TLS", {"CERTFLOW_REDIS_URL": "redis://redis.example.org:6379"}),
    (
        "a far database without TLS",
        {"CERTFLOW_DATABASE_URL": "postgresql+psycopg://u:p@db.example.org/c?sslmode=disable"},
    ),
    ("debug on", {"FLASK_DEBUG": "1"}),
    ("debug said in words", {"FLASK_DEBUG": "true"}),
    ("our own debug", {"CERTFLOW_DEBUG": "1"}),
    ("a misspelt mode", {"CERTFLOW_MODE": "producton"}),
    ("invented real names", {"CERTFLOW_REAL_NAME": "sandbox"}),
    ("a misspelt captcha", {"CERTFLOW_CAPTCHA": "never"}),
)


def starts(env: dict[str, str]) -> bool:
    """Whether an installation would start with these variables."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            Settings.from_env({"CERTFLOW_DATA_DIR": folder} | env)
        except SettingsError:
            return False
        return True


def refusals() -> Tally:
    """Start production with each unsafe setting; the first probe is that a safe one does start."""
    found = Tally()
    found.note("safe settings are refused", right=starts(SAFE))
    for what, changes in UNSAFE:
        found.note(f"it starts with {what}", right=not starts(SAFE | changes))
    return found
