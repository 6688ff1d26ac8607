"""From JSON to what is stored: the form of single values.

In: a field and the raw JSON value. Out: the stored value (trimmed, blank as None, numbers rounded to the
field's scale, times in UTC to the second). Raises what Salesforce's JSON reader answers when the JSON type
does not fit; whether a well-formed value is allowed is decided in `checks`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from connector.sandbox.salesforce.errors import ApiError
from connector.sandbox.salesforce.ids import to_18
from connector.sandbox.salesforce.moments import exact, in_range, parse_date, parse_datetime, stamp
from connector.sandbox.salesforce.schema import Field, ObjectType, Row, Value


def parse_row(kind: ObjectType, body: Mapping[str, object]) -> Row:
    """Every value of a JSON object as stored. Raises ApiError for unknown fields and unreadable values."""
    row: Row = {}
    for name, raw in body.items():
        if name == "attributes":
            continue
        field = kind.find(name)
        if field is None:
            raise unknown_field(name, kind.name)
        if type(raw) is str and field.type not in _PARSERS:  # as parse_value would: most values are texts
            row[field.name] = raw.strip() or None
        else:
            row[field.name] = parse_value(field, raw)
    return row


def unknown_field(name: str, type_name: str) -> ApiError:
    """What a write answers to a field that does not exist or that the user may not see."""
    return ApiError(400, "INVALID_FIELD", f"No such column '{name}' on sobject of type {type_name}")


def parse_value(field: Field, raw: object) -> Value:
    """One JSON value as stored; None for null and, in texts, for nothing but blanks."""
    if raw is None:
        return None
    return _PARSERS.get(field.type, _text)(field, raw)


def unreadable(wanted: str, raw: object) -> ApiError:
    """What Salesforce's JSON reader answers. Assumption: it fails the whole request, also in collections."""
    token, shown = _token(raw)
    message = (
        f"Cannot deserialize instance of {wanted} from {token} value {shown} "
        "or request may be missing a required field at [line:1, column:1]"
    )
    return ApiError(400, "JSON_PARSER_ERROR", message)


def _token(raw: object) -> tuple[str, str]:
    if isinstance(raw, bool):
        return ("VALUE_TRUE", "true") if raw else ("VALUE_FALSE", "false")
    if isinstance(raw, str):
        return "VALUE_STRING", raw
    if isinstance(raw, int | float):
        return ("VALUE_NUMBER_INT" if isinstance(raw, int) else "VALUE_NUMBER_FLOAT"), str(raw)
    return ("START_ARRAY", "[") if isinstance(raw, list) else ("START_OBJECT", "{")


def _text(_field: Field, raw: object) -> Value:
    if type(raw) is str:
        return raw.strip() or None
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise unreadable("string", raw)
    return str(raw)


def _email(field: Field, raw: object) -> Value:
    """Email fields keep small letters only. Assumption: told by users and by other connectors' pages."""
    given = _text(field, raw)
    return given.lower() if isinstance(given, str) else given


def _flag(_field: Field, raw: object) -> Value:
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, str) and raw.strip().lower() in ("true", "false"):
        return raw.strip().lower() == "true"
    raise unreadable("boolean", raw)


def _int(_field: Field, raw: object) -> Value:
    parsed = _decimal("int", raw)
    if parsed is None:
        return None
    if parsed != parsed.to_integral_value():
        raise unreadable("int", raw)
    return int(parsed)


def _number(field: Field, raw: object) -> Value:
    """Assumption: surplus decimals are rounded half up on the way in."""
    parsed = _decimal("double", raw)
    if parsed is None:
        return None
    if parsed.adjusted() > 30:
        return float(parsed)
    return float(parsed.quantize(Decimal(1).scaleb(-field.scale), ROUND_HALF_UP))


def _decimal(wanted: str, raw: object) -> Decimal | None:
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        raise unreadable(wanted, raw)
    if isinstance(raw, str) and not raw.strip():
        return None
    try:
        parsed = Decimal(str(raw).strip())
    except InvalidOperation:
        raise unreadable(wanted, raw) from None
    if not math.isfinite(parsed):
        raise unreadable(wanted, raw)
    return parsed


def _date(_field: Field, raw: object) -> Value:
    """Assumption: a date with a time is no date."""
    if isinstance(raw, datetime | date):
        return raw.isoformat()[:10]
    if not isinstance(raw, str):
        raise unreadable("date", raw)
    if not raw.strip():
        return None
    parsed = parse_date(raw.strip())
    if parsed is None or not in_range(parsed):
        raise unreadable("date", raw)
    return parsed.isoformat()


def _datetime(_field: Field, raw: object) -> Value:
    """Assumption: fractions of a second are dropped."""
    if isinstance(raw, datetime):
        return stamp(raw)
    if not isinstance(raw, str):
        raise unreadable("datetime", raw)
    if not raw.strip():
        return None
    parsed = parse_datetime(raw)
    if parsed is None or not in_range(parsed.date()):
        raise unreadable("datetime", raw)
    return exact(parsed.replace(microsecond=0))


def _choices(field: Field, raw: object) -> Value:
    """Several values joined by `;`, in the order of the definition, not of the writer."""
    joined = _text(field, raw)
    if joined is None:
        return None
    chosen = list(dict.fromkeys(part.strip() for part in str(joined).split(";") if part.strip()))
    order = {choice.value: place for place, choice in enumerate(field.choices)}
    return ";".join(sorted(chosen, key=lambda value: order.get(value, len(order)))) or None


def _reference(field: Field, raw: object) -> Value:
    """The 18-character id, or the text as it came: `checks` refuses what is no id."""
    given = _text(field, raw)
    return None if given is None else (to_18(str(given)) or given)


_PARSERS: Mapping[str, Callable[[Field, object], Value]] = {
    "email": _email,
    "boolean": _flag,
    "int": _int,
    "double": _number,
    "currency": _number,
    "percent": _number,
    "date": _date,
    "datetime": _datetime,
    "multipicklist": _choices,
    "reference": _reference,
    "id": _reference,
}
