"""State and country picklists: an org that has them takes only countries and states from its lists.

In: the lists, what is written. Out: names and codes that go together, refusals. Texts that anybody would
understand ("Holland") are refused all the same. Source: Salesforce Help, "State and Country/Territory
Picklists". Assumption: compounds show no codes; records from before keep their texts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import orjson

from connector.sandbox.salesforce.errors import Problem
from connector.sandbox.salesforce.org import Org
from connector.sandbox.salesforce.schema import Choice, ObjectType, Row, Value

FEATURE = "address_codes"
NOTE = "countries"

Countries = dict[str, dict[str, str]]
"""Country code -> its name under "" and the names of its states by code."""


def countries(org: Org) -> Countries:
    """The lists of the org; empty when it has none."""
    raw = org.db.noted(NOTE) if org.catalog.has(FEATURE) else None
    found: Countries = orjson.loads(raw) if raw else {}
    return found


def enable(org: Org, names: Mapping[str, str], states: Mapping[str, Mapping[str, str]]) -> None:
    """Countries by code, and the states of some of them. There is no way back."""
    known = {code: {"": name, **states.get(code, {})} for code, name in names.items()}
    org.db.note(NOTE, orjson.dumps(known).decode())
    for kind in list(org.catalog.everything.types.values()):
        for prefix in _prefixes(kind):
            _offer(org, kind, f"{prefix}CountryCode", names)
            _offer(
                org, kind, f"{prefix}StateCode", {c: n for each in states.values() for c, n in each.items()}
            )
    org.catalog.turn_on(FEATURE)


def _offer(org: Org, kind: ObjectType, name: str, values: Mapping[str, str]) -> None:
    choices = [Choice(code, label) for code, label in values.items()]
    org.catalog.override(kind.name, name, choices=choices)


def _prefixes(kind: ObjectType) -> list[str]:
    return [str(field.prefix) for field in kind.fields if field.is_compound]


def paired(org: Org, kind: ObjectType, given: Row) -> Row:
    """With the code beside each name that the lists know, and the name beside each code."""
    known = countries(org)
    if not known:
        return given
    made = dict(given)
    for prefix in _prefixes(kind):
        _pair(made, prefix + "Country", {code: each[""] for code, each in known.items()})
        code = made.get(prefix + "CountryCode")
        own = {c: n for c, n in known.get(str(code), {}).items() if c} if code else _states(known)
        _pair(made, prefix + "State", own)
    return made


def _states(known: Countries) -> dict[str, str]:
    return {code: name for each in known.values() for code, name in each.items() if code}


def _pair(row: Row, name: str, names: Mapping[str, str]) -> None:
    code_name = f"{name}Code"
    if code_name in row:
        row[name] = names.get(str(row[code_name])) if row[code_name] is not None else None
    elif name in row:
        wanted = str(row[name]).casefold()
        row[code_name] = next((code for code, each in names.items() if each.casefold() == wanted), None)


def problems(org: Org, kind: ObjectType, given: Row, row: Row) -> Iterator[Problem]:
    """Countries and states that are not in the lists, states without a country."""
    known = countries(org)
    for prefix in _prefixes(kind) if known else ():
        country, state = prefix + "Country", prefix + "State"
        if country in given and given[country] is not None and row.get(f"{country}Code") is None:
            yield _unknown(kind, country, "country", "country/territory from the list of valid countries")
        elif state in given and given[state] is not None:
            own = known.get(str(row.get(f"{country}Code")), {})
            if row.get(f"{country}Code") is None:
                text = "A country/territory must be specified before specifying a state value for field"
                yield Problem("FIELD_INTEGRITY_EXCEPTION", f"{text}: {_label(kind, state)}", (state,))
            elif given.get(f"{state}Code") not in own:
                yield _unknown(kind, state, "state", "state from the list of valid states")


def _unknown(kind: ObjectType, name: str, what: str, wanted: str) -> Problem:
    text = f"There's a problem with this {what}, even though it may appear correct. Please select a {wanted}."
    return Problem("FIELD_INTEGRITY_EXCEPTION", f"{text}: {_label(kind, name)}", (f"{name}Code",))


def _label(kind: ObjectType, name: str) -> Value:
    return kind.by_name[name.lower()].label
