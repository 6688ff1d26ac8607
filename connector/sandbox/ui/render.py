"""The templates, and the addresses of the pages in them.

Enters: nouns. Leaves: HTML. Every value is escaped: nothing in here, and no template, marks a text as safe.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined

BASE = "/_sandbox/ui"
_HERE = Path(__file__).parent
_TONES = {
    "bad": ("breached", "rejected", "not met", "closed - not converted", "unqualified", "closed lost"),
    "warn": ("at risk", "due soon", "recycled", "paused"),
    "good": ("met", "on track", "accepted", "closed won"),
}


def page(template: str, **values: object) -> str:
    """One page as HTML. `template` is a file's name without its ending."""
    return _environment().get_template(f"{template}.html").render(**values)


def stylesheet() -> str:
    """The one stylesheet of all pages."""
    return (_HERE / "style.css").read_text(encoding="utf-8")


def address(*parts: str, **query: str | int) -> str:
    """The address of a page; blank query values are left out."""
    path = "/".join([BASE, *(quote(part, safe="") for part in parts if part)])
    asked = {name: value for name, value in query.items() if value not in ("", 0)}
    return f"{path}?{urlencode(asked)}" if asked else path


def tone(text: str) -> str:
    """The tone in which a flag of this text is shown; most have none. The word is always there to read."""
    plain = text.strip().lower().replace("_", " ")
    return next((tone for tone, words in _TONES.items() if plain in words), "plain")


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {"address": address, "tone": tone, "urlencode": urlencode, "BASE": BASE}
    return made
