"""Addresses of built assets, and icons from the sprite."""

import json
import re
from functools import lru_cache
from pathlib import Path

from flask import url_for
from markupsafe import Markup, escape

DIST = Path(__file__).parent / "static" / "dist"


@lru_cache(maxsize=1)
def _manifest() -> dict[str, str]:
    path = DIST / "manifest.json"
    found: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    return found


def asset(name: str) -> str:
    """Return the address of a built asset under its hashed name ("app.js")."""
    return url_for("static", filename=f"dist/{_manifest().get(name, name)}")


@lru_cache(maxsize=1)
def icon_names() -> list[str]:
    """Return the names of all icons that there are, for whoever chooses one."""
    sprite = DIST / _manifest().get("icons.svg", "icons.svg")
    return re.findall(r'<symbol id="([\w-]+)"', sprite.read_text()) if sprite.exists() else []


def icon(name: str, label: str | None = None) -> Markup:
    """Return an outline icon as inline SVG; hidden from readers unless it has a label."""
    named = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    return Markup(  # noqa: S704 - every part of it is escaped or ours
        f'<svg class="cf-icon" {named}><use href="{asset("icons.svg")}#{escape(name)}"/></svg>'
    )
