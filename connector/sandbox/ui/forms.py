"""What a browser sends: the query of an address and the fields of a form.

Enters: a request. Leaves: texts by name. Raises ValueError for what no browser sends.
"""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.requests import Request

MOST_BYTES, MOST_FIELDS = 2_000_000, 5_000
FIELD, BEFORE, BOX = "f.", "b.", "c."
"""Prefixes of a record's fields, of what they held when the form was opened, and of the names of checkboxes,
which a browser only sends when they are ticked."""

Posted = dict[str, str]


async def posted(request: Request) -> Posted:
    """The fields of a form; values of one name are joined by semicolons, blanks left out."""
    body = await request.body()
    if len(body) > MOST_BYTES:
        raise ValueError("the form is too long")
    pairs = parse_qsl(body.decode(errors="replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    out: Posted = {}
    for name, value in pairs:
        text = value.replace("\r\n", "\n")
        out[name] = f"{out[name]};{text}" if out.get(name) and text else out.get(name) or text
    return out


def fields(form: Posted) -> dict[str, str]:
    """What stands in the record's fields."""
    unticked = dict.fromkeys(_under(BOX, form), "false")
    return unticked | _under(FIELD, form)


def changed(form: Posted) -> dict[str, str]:
    """Only the fields that were changed since the form was opened: a person's save touches no others."""
    before = _under(BEFORE, form)
    return {name: text for name, text in fields(form).items() if text != before.get(name, "")}


def _under(prefix: str, form: Posted) -> dict[str, str]:
    return {name.removeprefix(prefix): text for name, text in form.items() if name.startswith(prefix)}


def whole(text: str | None, default: int, most: int) -> int:
    """A whole number from 1 to `most`; anything else is the default."""
    good = text is not None and text.isascii() and text.isdigit() and len(text) < 9
    return min(max(int(text or 1), 1), most) if good else default
