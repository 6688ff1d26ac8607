"""Which record a person means: an id of either CRM, our link id, or an email address.

Enters: a kind and what was typed. Leaves: one Ref. Raises ConfigError, with the candidates, when it is not
exactly one.
"""

import re
from collections.abc import Mapping as Map

from connector.crm.base import Crm
from connector.errors import ConfigError
from connector.mapping.rules import Mapping
from connector.model import Kind, Ref, Side
from connector.state.store import Store

PREFIXES = {"00Q": "Lead", "003": "Contact", "001": "Account", "006": "Opportunity"}
"""How ids of Salesforce's standard objects begin (Salesforce help, Standard Field Record ID Prefix
Decoder)."""

_SALESFORCE = re.compile(r"[a-zA-Z0-9]{15}(?:[a-zA-Z0-9]{3})?")
_LINK = re.compile(r"[0-9a-f]{32}")
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def parse_subject(text: str) -> tuple[Kind, str]:
    """``contact:ID`` -> kind and id. Raises ConfigError."""
    kind, colon, ident = text.partition(":")
    if not colon or not ident:
        raise ConfigError(f"{text} names no record", fix="Write contact:ID, company:ID or deal:ID.")
    return parse_kind(kind), ident.strip()


def parse_kind(text: str) -> Kind:
    """``contact``, ``company`` or ``deal``. Raises ConfigError."""
    try:
        return Kind(text.strip().lower())
    except ValueError:
        raise ConfigError(f"there is no kind {text}", fix=f"Kinds are {', '.join(Kind)}.") from None


def parse_ref(text: str) -> Ref:
    """``hubspot:contacts:123`` -> a Ref; the form in which records are shown. Raises ConfigError."""
    parts = text.split(":")
    if len(parts) != 3 or parts[0] not in list(Side) or not all(parts):
        raise ConfigError(f"{text} names no record", fix="Write hubspot:contacts:ID or salesforce:Lead:ID.")
    side = Side(parts[0])
    return Ref(side, parts[1], long_id(parts[2]) if side is Side.SALESFORCE else parts[2])


def long_id(ident: str) -> str:
    """A Salesforce id in its 18-character form; the last three say which letters are capitals.

    Source: Salesforce help, "Convert 15 character Ids to 18 character Ids".
    """
    if len(ident) != 15:
        return ident
    thirds = (ident[start : start + 5] for start in (0, 5, 10))
    return ident + "".join(_ALPHABET[sum(c.isupper() << n for n, c in enumerate(part))] for part in thirds)


def find(crms: Map[Side, Crm], store: Store, mapping: Mapping, kind: Kind, ident: str) -> Ref:
    """The record that was meant. One search per object type for an email address, nothing else is asked of
    a CRM."""
    if _LINK.fullmatch(ident):
        return _of_link(store, ident)
    if "@" in ident:
        return _of_email(crms, store, mapping, kind, ident)
    if ident.isdecimal() and not ident.startswith("0"):
        return Ref(Side.HUBSPOT, mapping.objects[kind].types[Side.HUBSPOT][0], ident)
    if _SALESFORCE.fullmatch(ident):
        return _of_salesforce(mapping, kind, ident)
    fix = "Give the id that HubSpot or Salesforce shows, our link id, or an email address."
    raise ConfigError(f"{ident} is no id of a record", fix=fix)


def _of_link(store: Store, ident: str) -> Ref:
    link = store.links_by_id([ident]).get(ident)
    if link is None:
        raise ConfigError(f"there is no link {ident}", fix="Give an id of either CRM instead.")
    return next(ref for side in Side if (ref := link.ref(side)))


def _of_salesforce(mapping: Mapping, kind: Kind, ident: str) -> Ref:
    type = PREFIXES.get(ident[:3])
    types = mapping.objects[kind].types[Side.SALESFORCE]
    if type not in types:
        what = f"a {type}" if type else "of no known object"
        raise ConfigError(
            f"{ident} is {what}, not a {kind}", fix=f"A {kind} is a Salesforce {' or '.join(types)}."
        )
    return Ref(Side.SALESFORCE, type, long_id(ident))


def _of_email(crms: Map[Side, Crm], store: Store, mapping: Mapping, kind: Kind, email: str) -> Ref:
    found = _with_email(crms, mapping, kind, email)
    links = store.links_by_ref(found)
    owners = {links[ref].id: ref for ref in reversed(found) if ref in links}
    if len(owners) == 1:
        return next(iter(owners.values()))
    if not owners and len({ref for ref in found}) == 1:
        return found[0]
    if not found:
        raise ConfigError(f"no {kind} has this email address", fix="Check it, or give an id of either CRM.")
    several = tuple(str(ref) for ref in found)
    raise ConfigError(
        f"{len(found)} records have this email address", fix="Give one of their ids.", problems=several
    )


def _with_email(crms: Map[Side, Crm], mapping: Mapping, kind: Kind, email: str) -> list[Ref]:
    found: list[Ref] = []
    for side, types in mapping.objects[kind].types.items():
        for type in types:
            columns = [
                c
                for rule in mapping.objects[kind].fields
                if rule.name == "email" and (c := rule.column(side, type))
            ]
            for column in columns:
                found += [record.ref for record in crms[side].find(type, column, [email], [column])]
    if not found and not any(rule.name == "email" for rule in mapping.objects[kind].fields):
        raise ConfigError(f"a {kind} is not found by email", fix="Give an id of either CRM.")
    return list(dict.fromkeys(found))
