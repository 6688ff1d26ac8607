"""What both CRMs say of themselves at the start of a run: who they are, their fields, their owners.

Enters: two adapters and the mapping. Leaves: ``Live``. Fields and owners are read again when an hour has
passed or the mapping changed; they are kept in the state without anyone's data (owners as keyed hashes of
their addresses).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from hashlib import blake2b
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import orjson

from connector.crm.base import Crm
from connector.errors import Stop
from connector.mapping.convert import Context
from connector.mapping.rules import Mapping as Rules
from connector.mapping.rules import ObjectMap
from connector.model import Kind, Ref, Side
from connector.schema import FieldInfo, FieldType, Identity, Option, Owner, Schema
from connector.state.key import Key
from connector.state.store import Store

SCHEMA_AGE = timedelta(hours=1)
CLOCKS_APART = timedelta(minutes=5)
"""The most by which the two CRMs' clocks may differ."""
CACHE = "live"


@dataclass(frozen=True)
class Live:
    """``now``: the later of the two CRMs' clocks; the local clock decides nothing. ``links``: links made in
    this run, for references."""

    identities: Mapping[Side, Identity]
    schemas: Mapping[Side, Mapping[str, Schema]]
    ctx: Context
    owner_fields: frozenset[str]
    now: datetime
    links: dict[Ref, str] = field(default_factory=dict)
    linked: set[Kind] = field(default_factory=set)

    @cached_property
    def digest(self) -> str:
        """Names the fields of both CRMs as this user sees them."""
        options = orjson.OPT_NON_STR_KEYS | orjson.OPT_SORT_KEYS
        return blake2b(orjson.dumps(self.schemas, option=options), digest_size=16).hexdigest()

    def columns(self, objects: ObjectMap) -> dict[tuple[Side, str], tuple[str, ...]]:
        """Per (side, type), the mapped fields that this user can see."""
        return {
            (side, type): tuple(
                c
                for c in objects.columns(side, type)
                if c.startswith("@") or c in self.schemas[side][type].fields
            )
            for side, types in objects.types.items()
            for type in types
        }


def look_at_both(crms: Mapping[Side, Crm], store: Store, key: Key, rules: Rules, region: str) -> Live:
    """Identify both CRMs, refuse wrong ones, read fields and owners where they are not fresh.

    Raises Stop(reason="identity") when another portal or org answers, Stop(reason="clock") when the two CRMs'
    clocks are more than five minutes apart, Stop(reason="install") when our own fields are missing.
    """
    identities = {side: crm.identity() for side, crm in crms.items()}
    _refuse_other_installation(identities, store)
    _refuse_clocks_apart(identities)
    now = max(identity.now for identity in identities.values())
    cached = _cached(store, now, rules.digest)
    if cached is None or _missing(rules, cached[0]):
        cached = _read(crms, key, rules)
        _remember(store, now, rules.digest, *cached)
    schemas, owners, active = cached
    missing = _missing(rules, schemas)
    if missing:
        raise Stop(
            f"our own fields are missing: {', '.join(missing)}",
            fix="run `smarketing install`, which lists them before it adds them",
            reason="install",
        )
    zones = {side: _zone(identity) for side, identity in identities.items()}
    currency = next((identity.currency for identity in identities.values() if identity.currency), None)
    record_types = {
        id: name
        for by_type in schemas.values()
        for schema in by_type.values()
        for id, name in schema.record_types.items()
    }
    ctx = Context(
        zone=zones,
        region=region,
        owners=owners,
        owner_ids=active,
        currency=currency,
        record_types=record_types,
    )
    owner_fields = frozenset(
        rule.name
        for objects in rules.objects.values()
        for rule in objects.fields
        if rule.convert.name == "owner"
    )
    return Live(identities, schemas, ctx, owner_fields, now)


def _refuse_other_installation(identities: Mapping[Side, Identity], store: Store) -> None:
    for side, identity in identities.items():
        pinned = store.get_meta(f"pinned_{side}")
        if pinned is None:
            store.set_meta(f"pinned_{side}", identity.id)
        elif pinned != identity.id:
            raise Stop(
                f"this state belongs to {side} account {pinned}, but {identity.id} answers",
                fix="point the configuration at the right account, or start with an empty state",
                reason="identity",
            )


def _refuse_clocks_apart(identities: Mapping[Side, Identity]) -> None:
    """Waits, approvals and the second look at a deletion go by the later clock: one that is ahead would end
    them too early."""
    apart = abs(identities[Side.HUBSPOT].now - identities[Side.SALESFORCE].now)
    if apart > CLOCKS_APART:
        raise Stop(
            f"the clocks of HubSpot and Salesforce are {apart.total_seconds() / 60:,.0f} minutes apart",
            fix="see with `smarketing doctor` which of them is wrong, or what answers in its place",
            reason="clock",
        )


def _zone(identity: Identity) -> ZoneInfo:
    try:
        return ZoneInfo(identity.zone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _missing(rules: Rules, schemas: Mapping[Side, Mapping[str, Schema]]) -> list[str]:
    return [
        f"{side} {type}.{objects.link_column[side]}"
        for objects in rules.objects.values()
        for side, types in objects.types.items()
        for type in types
        if objects.link_column[side] not in schemas[side][type].fields
    ]


# ---------------------------------------------------------------- read and remember

Schemas = dict[Side, dict[str, Schema]]
Owners = dict[Side, dict[str, str]]


def _read(crms: Mapping[Side, Crm], key: Key, rules: Rules) -> tuple[Schemas, Owners, Owners]:
    schemas: Schemas = {}
    owners: Owners = {}
    active: Owners = {}
    for side, crm in crms.items():
        types = [type for objects in rules.objects.values() for type in objects.types[side]]
        schemas[side] = {type: crm.schema(type) for type in types}
        owners[side], active[side] = {}, {}
        for owner in sorted(crm.owners(), key=lambda o: (not o.active, o.id)):
            shared = owner_key(owner, key, rules.same_owners if side is Side.SALESFORCE else {})
            if shared is None:
                continue
            owners[side][owner.id] = shared
            if owner.active:
                active[side].setdefault(shared, owner.id)
    return schemas, owners, active


def owner_key(owner: Owner, key: Key, same: Mapping[str, str]) -> str | None:
    """What an owner is compared by on both sides: a keyed hash of the address. None for queues, and for who
    has the address of somebody else's partner.

    ``same``: address here -> address in the other CRM, of those that have two. A Salesforce sandbox appends
    ``.invalid`` to its users' addresses.
    """
    if not owner.email:
        return None
    address = owner.email.strip().lower().removesuffix(".invalid")
    if address not in same and address in same.values():
        return None
    return key.hash(same.get(address, address), "owner").hex()


def _remember(
    store: Store, now: datetime, digest: str, schemas: Schemas, owners: Owners, active: Owners
) -> None:
    body = {"at": now, "mapping": digest, "schemas": schemas, "owners": owners, "active": active}
    store.set_meta(CACHE, orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS).decode())


def _cached(store: Store, now: datetime, digest: str) -> tuple[Schemas, Owners, Owners] | None:
    text = store.get_meta(CACHE)
    if text is None:
        return None
    at, mapping, found = _parsed(text)
    return found if mapping == digest and timedelta(0) <= now - at < SCHEMA_AGE else None


@lru_cache(maxsize=2)
def _parsed(text: str) -> tuple[datetime, str, tuple[Schemas, Owners, Owners]]:
    """When it was remembered, for which mapping, and what. Every run of a scheduler asks for the same."""
    body = orjson.loads(text)
    schemas = {
        Side(side): {
            type: Schema(
                type,
                {name: _field(info) for name, info in schema["fields"].items()},
                schema.get("record_types", {}),
            )
            for type, schema in types.items()
        }
        for side, types in body["schemas"].items()
    }
    owners = {Side(side): dict(ids) for side, ids in body["owners"].items()}
    active = {Side(side): dict(ids) for side, ids in body["active"].items()}
    return datetime.fromisoformat(body["at"]), body["mapping"], (schemas, owners, active)


def _field(info: dict[str, Any]) -> FieldInfo:
    return FieldInfo(
        **{
            **info,
            "type": FieldType(info["type"]),
            "options": tuple(Option(**option) for option in info["options"]),
        }
    )
