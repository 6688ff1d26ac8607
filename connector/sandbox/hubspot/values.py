"""Checks and normalizes one property value as HubSpot's API does.

What enters: a property definition and the raw JSON value. What leaves: the text that is stored, None for
"clear", or a `Problem`. It never looks at other records.
Source: HubSpot developers, "Properties" guide, and the error samples of public client trackers.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from connector.sandbox.hubspot.definitions import Property
from connector.sandbox.hubspot.errors import Problem

MAX_TEXT = 65_536
MAX_DIGITS = 30
_DAY_MS = 86_400_000
_NUMBER = re.compile(r"[+-]?(\d{1,60}(\.\d{0,60})?|\.\d{1,60})([eE][+-]?\d{1,3})?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_WHOLE = re.compile(r"-?\d+", re.ASCII)
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_NO_REAL_DOMAINS = frozenset(
    {"invalid", "test", "example", "local", "localhost", "internal", "lan", "corp", "home", "onion", "arpa"}
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class RefusedError(Exception):
    """One value is not acceptable. Carries the `Problem`."""

    def __init__(self, name: str, code: str, message: str) -> None:
        super().__init__(message)
        self.problem = Problem(name, code, message)


def as_text(raw: object) -> str | None:
    """JSON scalars as HubSpot reads them: numbers and booleans become text, null (leave alone) None."""
    if raw is None or isinstance(raw, str):
        return raw
    if isinstance(raw, bool):
        return "true" if raw else "false"
    return str(raw)


def normalized(definition: Property, text: str, current: str | None) -> str | None:
    """The value to store, None to clear. `current` matters for a multi-select that starts with a semicolon.

    Raises RefusedError.
    """
    if text == "":
        return None
    if definition.name == "email" and definition.hubspot_defined:
        return email(text)
    check = _BY_TYPE.get(definition.type, _string)
    return check(definition, text, current)


def email(text: str) -> str:
    """Lower-cased and trimmed. Raises RefusedError unless ASCII, well formed and under a real top domain.

    Assumption: "a real top-level domain" is taken as two letters or more and none of the reserved names.
    """
    address = text.strip().lower()
    local, at, domain = address.rpartition("@")
    wellformed = at and len(local) <= 64 and len(address) <= 254 and _LOCAL_PART.fullmatch(local)
    if not wellformed or not _is_real(domain):
        raise RefusedError("email", "INVALID_EMAIL", f"Email address {text} is invalid")
    return address


@lru_cache(maxsize=4096)
def _is_real(domain: str) -> bool:
    labels = domain.split(".")
    if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
        return False
    top = labels[-1]
    return top not in _NO_REAL_DOMAINS and (top.startswith("xn--") or (top.isalpha() and len(top) >= 2))


def domain_of(text: str) -> str:
    """A company domain without scheme, www. and path, in lower case. Assumption: the exact rule."""
    bare = re.sub(r"^[a-z]+://", "", text.strip().lower())
    return bare.split("/")[0].removeprefix("www.")


@lru_cache(maxsize=4096)
def iso(ms: int) -> str:
    """Milliseconds since 1970 as ISO 8601 in UTC with three decimals and Z."""
    moment = _EPOCH + timedelta(milliseconds=ms)
    return f"{moment.isoformat(timespec='milliseconds')[:23]}Z"


def millis(moment: datetime) -> int:
    """An aware datetime as whole milliseconds since 1970."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def parse_moment(text: str) -> int | None:
    """Milliseconds since 1970 of an ISO text or of a text of milliseconds; None if it is neither."""
    text = text.strip()
    if len(text) > 40:
        return None
    if _WHOLE.fullmatch(text):
        return _within(int(text))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return _within(millis(moment if moment.tzinfo else moment.replace(tzinfo=UTC)))


def _within(ms: int) -> int | None:
    """Only the years 1 to 9999 can be shown."""
    return ms if -62_135_596_800_000 <= ms < 253_402_300_800_000 else None


Comparable = str | Decimal | int


def comparable(definition: Property, text: str) -> Comparable | None:
    """A value in a form that orders as HubSpot orders it; None if it is not of the type."""
    if definition.type in ("date", "datetime"):
        return parse_moment(text)
    if definition.type == "number":
        try:
            value = Decimal(text.strip()[:80])
        except InvalidOperation:
            return None
        return value if value.is_finite() and abs(value.adjusted()) <= MAX_DIGITS else None
    return text if definition.type == "enumeration" else text.casefold()


def _string(definition: Property, text: str, current: str | None) -> str:  # noqa: ARG001
    """Kept as it is, stray spaces included. Assumption: the code of a text that is too long."""
    if len(text) > MAX_TEXT:
        message = f"{definition.name} is too long: the limit is {MAX_TEXT} characters"
        raise RefusedError(definition.name, "PROPERTY_VALUE_TOO_LONG", message)
    if definition.name == "domain" and definition.hubspot_defined:
        return domain_of(text)
    return text


def _number(definition: Property, text: str, current: str | None) -> str:  # noqa: ARG001
    """Digits and one period. Assumption (worst case): trailing zeros are dropped."""
    bare = text.strip()
    if not _NUMBER.fullmatch(bare) or abs(Decimal(bare).adjusted()) > MAX_DIGITS:
        raise RefusedError(definition.name, "INVALID_LONG", f"{text} was not a valid long.")
    return plain(Decimal(bare))


def plain(value: Decimal) -> str:
    """A decimal without exponent and without trailing zeros."""
    out = format(value.normalize(), "f") if value else "0"
    return out.rstrip("0").rstrip(".") if "." in out else out


def _boolean(definition: Property, text: str, current: str | None) -> str:  # noqa: ARG001
    lowered = text.strip().lower()
    if lowered not in ("true", "false"):
        raise RefusedError(definition.name, "INVALID_BOOLEAN", f"{text} was not a valid boolean.")
    return lowered


def _date(definition: Property, text: str, current: str | None) -> str:  # noqa: ARG001
    """YYYY-MM-DD, or milliseconds that are exactly midnight UTC."""
    bare = text.strip()
    if _WHOLE.fullmatch(bare) and (ms := parse_moment(bare)) is not None:
        if ms % _DAY_MS:
            message = f"{text} is at {iso(ms)} and not midnight UTC."
            raise RefusedError(definition.name, "INVALID_DATE", message)
        return iso(ms)[:10]
    try:
        if not _DATE.fullmatch(bare):
            raise ValueError(bare)
        return date.fromisoformat(bare).isoformat()
    except ValueError:
        raise RefusedError(definition.name, "INVALID_DATE", f"{text} was not a valid date.") from None


def _datetime(definition: Property, text: str, current: str | None) -> str:  # noqa: ARG001
    """ISO 8601 or milliseconds. Assumption: an ISO text without a zone is UTC."""
    ms = parse_moment(text)
    if ms is None:
        raise RefusedError(definition.name, "INVALID_DATE", f"{text} was not a valid date.")
    return iso(ms)


def _enumeration(definition: Property, text: str, current: str | None) -> str | None:
    if definition.multiple:
        return _several(definition, text, current)
    if not definition.external_options:
        _check_option(definition, text)
    return text


def _several(definition: Property, text: str, current: str | None) -> str | None:
    """A leading semicolon appends. Assumption (worst case): values come back in option order, once each."""
    wanted = {part for part in text.split(";") if part}
    for part in sorted(wanted):
        if not definition.external_options:
            _check_option(definition, part)
    if text.startswith(";") and current:
        wanted |= set(current.split(";"))
    order = {value: position for position, value in enumerate(definition.option_values)}
    return ";".join(sorted(wanted, key=lambda value: (order.get(value, len(order)), value))) or None


def _check_option(definition: Property, text: str) -> None:
    if text not in definition.option_values:
        raise RefusedError(definition.name, "INVALID_OPTION", not_an_option(text, definition.option_values))


def not_an_option(text: str, allowed: tuple[str, ...]) -> str:
    """HubSpot's sentence for an unknown option."""
    return f"{text} was not one of the allowed options: [{', '.join(allowed)}]"


Check = Callable[[Property, str, str | None], str | None]
_BY_TYPE: dict[str, Check] = {
    "number": _number,
    "bool": _boolean,
    "date": _date,
    "datetime": _datetime,
    "enumeration": _enumeration,
}
