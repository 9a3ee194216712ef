"""Settings: read once from the environment, checked, frozen."""

import base64
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from certflow.core import production


class SettingsError(Exception):
    """A setting is missing or unsafe; the sentence says which."""


@dataclass(frozen=True)
class Settings:
    """Everything that differs between installations.

    `encryption_keys` maps a key id to 32 bytes; the last one encrypts, all of them decrypt.
    `index_key` keys the blind indexes; it must never change.
    """

    mode: str
    database_url: str
    data_dir: Path
    secret_key: str
    encryption_keys: Mapping[str, bytes]
    index_key: bytes
    redis_url: str | None = None
    base_url: str = "http://127.0.0.1:8080"
    gateway_url: str = "http://127.0.0.1:8081"
    gateway_secret: str = "sandbox-only"  # noqa: S105 - the sandbox signs with it; production must set its own
    merchant: str = "CERTFLOW-SANDBOX"
    smtp_url: str | None = None
    sms_url: str | None = None
    sms_per_day: int = 5_000
    api_per_minute: int = 1_200
    captcha: str = ""
    second_factor: str = ""
    real_name: str = ""
    publish_approval: str = ""
    issuer: Mapping[str, str] = field(
        default_factory=lambda: {
            "zh": "示例认证人员注册协会",
            "en": "Sample Association for Certification Personnel",
        }
    )
    bank_account: str = (
        "示例认证人员注册协会，示例银行营业部，0000 0000 0000 0000（演示账户，请勿转账）"
    )
    argon2_time_cost: int = 3
    argon2_memory_kib: int = 65536
    trusted_proxies: int = 0

    @property
    def production(self) -> bool:
        """Whether this installation serves real people."""
        return self.mode == "production"

    @property
    def captcha_always(self) -> bool:
        """Whether every login asks for a captcha ("always"), or only one after a wrong password.

        Where `captcha` is not set ("always", "after_failure"), real people always get one.
        """
        return (self.captcha or ("always" if self.production else "after_failure")) == "always"

    @property
    def second_factor_required(self) -> bool:
        """Whether those who work here must have a second factor ("required", "optional")."""
        return (self.second_factor or ("required" if self.production else "optional")) == "required"

    @property
    def publish_needs_approval(self) -> bool:
        """Whether a second person approves each new version of a process ("required", "off")."""
        return (self.publish_approval or "required") == "required"

    @property
    def real_name_check(self) -> str:
        """Who verifies names against documents: "sandbox" invents answers, "off" asks nobody."""
        return self.real_name or ("off" if self.production else "sandbox")

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "Settings":
        """Read CERTFLOW_* variables.

        Raises:
            SettingsError: in production, when a secret is missing.

        """
        env = os.environ if env is None else env
        data_dir = Path(env.get("CERTFLOW_DATA_DIR", "data")).absolute()
        mode = _one_of(env, "CERTFLOW_MODE", MODES) or "development"
        secrets_ = _production_secrets(env) if mode == "production" else _local_secrets(data_dir)
        optional = {
            "base_url": env.get("CERTFLOW_BASE_URL"),
            "gateway_url": env.get("CERTFLOW_GATEWAY_URL"),
            "gateway_secret": env.get("CERTFLOW_GATEWAY_SECRET"),
            "bank_account": env.get("CERTFLOW_BANK_ACCOUNT"),
            "redis_url": env.get("CERTFLOW_REDIS_URL"),
            "smtp_url": env.get("CERTFLOW_SMTP_URL"),
            "sms_url": env.get("CERTFLOW_SMS_URL"),
            **{
                name: _one_of(env, f"CERTFLOW_{name.upper()}", words)
                for name, words in _CHOICES.items()
            },
        }
        return cls(
            mode=mode,
            database_url=env.get("CERTFLOW_DATABASE_URL", f"sqlite:///{data_dir}/certflow.db"),
            data_dir=data_dir,
            secret_key=secrets_["secret_key"],
            encryption_keys=_key_ring(secrets_["encryption_keys"]),
            index_key=base64.b64decode(secrets_["index_key"]),
            trusted_proxies=int(env.get("CERTFLOW_TRUSTED_PROXIES", "0")),
            sms_per_day=int(env.get("CERTFLOW_SMS_PER_DAY", "5000")),
            api_per_minute=int(env.get("CERTFLOW_API_PER_MINUTE", "1200")),
            **{name: value for name, value in optional.items() if value},  # type: ignore[arg-type]
        )


MODES = ("production", "development", "test")
_CHOICES = {
    "captcha": ("always", "after_failure"),
    "second_factor": ("required", "optional"),
    "real_name": ("off", "sandbox"),
    "publish_approval": ("required", "off"),
}


def _one_of(env: Mapping[str, str], variable: str, words: tuple[str, ...]) -> str:
    """Read a choice; empty where nothing is chosen. A misspelt one must not switch safety off."""
    chosen = env.get(variable, "")
    if chosen and chosen not in words:
        raise SettingsError(f"{variable} must be one of {', '.join(words)}, not {chosen!r}.")
    if chosen == "sandbox" and env.get("CERTFLOW_MODE") == "production":
        raise SettingsError(f"{variable}=sandbox invents answers: production cannot have it.")
    return chosen


_SECRETS = ("secret_key", "encryption_keys", "index_key")


def _production_secrets(env: Mapping[str, str]) -> dict[str, str]:
    names = {name: f"CERTFLOW_{name.upper()}" for name in _SECRETS}
    required = [*names.values(), "CERTFLOW_DATABASE_URL", "CERTFLOW_GATEWAY_SECRET"]
    required.append("CERTFLOW_BANK_ACCOUNT")
    missing = [variable for variable in required if not env.get(variable)]
    if missing:
        raise SettingsError(f"Production needs {', '.join(missing)}; see docs/operations.md.")
    for refuse in (production.in_the_clear, production.debugging, production.weak):
        if sentence := refuse(env):
            raise SettingsError(sentence)
    return {name: env[variable] for name, variable in names.items()}


def _local_secrets(data_dir: Path) -> dict[str, str]:
    """Make secrets once and keep them beside the data, so that a restart can read them again."""
    path = data_dir / "secrets.env"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        made = {
            "secret_key": secrets.token_urlsafe(48),
            "encryption_keys": f"k1:{_random_key()}",
            "index_key": _random_key(),
        }
        path.touch(mode=0o600)
        path.write_text("".join(f"{name}={value}\n" for name, value in made.items()))
    lines = path.read_text().splitlines()
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


def _random_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _key_ring(text: str) -> dict[str, bytes]:
    pairs = (item.strip().partition(":") for item in text.split(","))
    return {key_id: base64.b64decode(value) for key_id, _, value in pairs}


class _Current:
    settings: Settings | None = None


def install(settings: Settings) -> None:
    """Make `settings` the ones this process runs with."""
    _Current.settings = settings


def current() -> Settings:
    """Return the settings this process runs with; read from the environment at first use."""
    if _Current.settings is None:
        _Current.settings = Settings.from_env()
    return _Current.settings
