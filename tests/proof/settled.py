"""What must hold of both CRMs and the state when people and faults have come to rest.

Enters: a firm. Leaves: what is wrong, in words (nothing: all is well), and a picture of both CRMs that two
firms can be compared by. Ids, stamps and link ids are no part of it, since they differ from run to run.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from setting import Firm

from connector.connect import look
from connector.mapping.rules import ObjectMap
from connector.model import Side
from connector.report.parity import compare
from connector.state.rows import Role

Picture = dict[str, list[str]]
OWN_TIME = re.compile("smk_.*_at(__c)?", re.IGNORECASE)


def violations(firm: Firm) -> list[str]:
    """Everything that is not as it must be at rest. Syncs once more, in full: it may not write."""
    full = firm.sync(full=True)
    found = [f"a full sync still wrote: {full.planned}"] if full.writes else []
    found += [f"open intent: {intent.op} {intent.target}" for intent in firm.store.open_intents()]
    found += [f"audit: {problem}" for problem in firm.store.verify_audit()]
    found += [f"{n} live records carry one link id: {where}" for where, n in _carriers(firm).items() if n > 1]
    parity = compare(firm.env, look(firm.env).ctx)
    return found + [f"unexplained: {each.kind} {each.field} {each.refs} {each.why}" for each in parity.items]


def _carriers(firm: Firm) -> Counter[str]:
    """How many live records of a type carry each link id."""
    found: Counter[str] = Counter()
    for objects, side, type, values in _records(firm):
        link = values.get(objects.link_column[side])
        if link:
            found[f"{side} {type} {link}"] += 1
    return found


def picture(firm: Firm) -> Picture:
    """Every live record's mapped values, the values that lost a clash, and what waits for a person. Of our
    own times only whether there is one: the same story told twice takes different seconds."""
    seen: Picture = {}
    for objects, side, type, values in _records(firm):
        ids = {objects.link_column[side], *objects.partner_columns[side]}
        shown = {c: values.get(c) for c in objects.columns(side, type) if c not in ids and c[0] != "@"}
        shown.update((c, "some time") for c, value in shown.items() if value and OWN_TIME.fullmatch(c))
        seen.setdefault(f"{side} {type}", []).append(repr(sorted(shown.items())))
    seen["waits"] = [repr((item.review.code, item.review.field)) for item in firm.store.open_reviews()]
    seen["held"] = [repr((item.code, item.field)) for item in firm.store.held_items()]
    seen["lost"] = [repr(lost) for lost in _lost(firm)]
    return {name: sorted(rows) for name, rows in seen.items()}


def _lost(firm: Firm) -> Iterator[tuple[str, object]]:
    """What the ledger keeps of clashes: field and losing value."""
    pages = [page for kind in firm.env.rules.objects for page in firm.store.iter_links(kind)]
    for link in chain.from_iterable(pages):
        for secret in firm.store.secrets_of(link.id):
            if secret.role is Role.LOST:
                yield secret.field, secret.value


def differences(calm: Picture, found: Picture) -> list[str]:
    """What one picture has and the other lacks, the other way round too."""
    told = []
    for name in sorted(calm.keys() | found.keys()):
        before, after = Counter(calm.get(name, ())), Counter(found.get(name, ()))
        told += [f"{name}: missing {row}" for row in (before - after).elements()]
        told += [f"{name}: too much {row}" for row in (after - before).elements()]
    return told


def _records(firm: Firm) -> Iterator[tuple[ObjectMap, Side, str, Mapping[str, Any]]]:
    """Every live record of a mapped type, as the CRMs' own stores have it."""
    for objects in firm.env.rules.objects.values():
        for type in objects.types[Side.HUBSPOT]:
            for row in firm.world.hubspot.all(type, include_deleted=False):
                yield objects, Side.HUBSPOT, type, row["properties"]
        for type in objects.types[Side.SALESFORCE]:
            for values in firm.world.salesforce.all(type, include_deleted=False):
                yield objects, Side.SALESFORCE, type, values
