"""Suspected duplicates: records of one CRM that the mapping's match keys cannot tell apart.

Enters: both CRMs, read afresh and in full, the mapping, and which records are linked. Leaves: groups in a
fixed order, and a CSV of them. Never: anyone's values, only ids and the names of fields; nor a write.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b

from connector.crm.base import Crm
from connector.environment import Environment
from connector.mapping.convert import Context
from connector.mapping.local import local_contexts
from connector.mapping.rules import ObjectMap
from connector.model import Kind, LinkState, Ref, Side
from connector.report.csvfile import inert
from connector.sync.match import FIRST_MATCH_KEY, keys_of

COLUMNS = ("group", "kind", "crm", "same", "object", "id", "linked")


@dataclass(frozen=True, slots=True)
class Group:
    """Records of one object type that look the same. ``same``: shared names of the fields that are equal;
    ``linked``: those of them that have a partner."""

    kind: Kind
    same: tuple[str, ...]
    refs: tuple[Ref, ...]
    linked: frozenset[Ref]


def find_duplicates(env: Environment, ctx: Context, kinds: Iterable[Kind] = tuple(Kind)) -> list[Group]:
    """All groups, companies first. One request per page of each object type and side. A Lead beside the
    Contact of the same person is none, nor are records that share a role address."""
    found: list[Group] = []
    for kind in Kind:
        objects = env.rules.objects.get(kind)
        if objects is None or kind not in set(kinds):
            continue
        for side in Side:
            groups = list(_of_side(env.crms[side], objects, ctx))
            known = env.store.links_by_ref({ref for _, refs in groups for ref in refs})
            linked = {ref for ref, link in known.items() if link.state is LinkState.LINKED}
            found += [Group(kind, same, refs, frozenset(linked & set(refs))) for same, refs in groups]
    return found


def _of_side(crm: Crm, objects: ObjectMap, ctx: Context) -> Iterator[tuple[tuple[str, ...], tuple[Ref, ...]]]:
    """Groups of one side, per match key in the mapping's order; the same records are named once."""
    local = local_contexts(ctx, objects)
    told: set[tuple[Ref, ...]] = set()
    for type in objects.types[crm.side]:
        alike: dict[tuple[int, bytes], list[Ref]] = {}
        seen = crm.schema(type).fields
        columns = [
            name for name in objects.columns(crm.side, type) if not name.startswith("@") and name in seen
        ]
        for page in crm.scan(type, columns):
            for record in (r for r in page.records if r.gone is None):
                for key in keys_of(record, objects, local(record)):
                    if key.number >= FIRST_MATCH_KEY and not key.shared:
                        text = blake2b(key.text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
                        alike.setdefault((key.number, text), []).append(record.ref)
        groups = sorted((number, tuple(sorted(set(refs)))) for (number, _), refs in alike.items())
        for number, refs in groups:
            if len(refs) > 1 and refs not in told:
                told.add(refs)
                yield objects.match[number - FIRST_MATCH_KEY].fields, refs


def rows_of(groups: Iterable[Group]) -> Iterator[Mapping[str, str]]:
    """One row per record, with the number of its group from 1."""
    for number, group in enumerate(groups, start=1):
        for ref in group.refs:
            cells = (str(number), group.kind, ref.side, " + ".join(group.same), ref.type, ref.id)
            linked = "yes" if ref in group.linked else "no"
            yield dict(zip(COLUMNS, (*map(str, cells), linked), strict=True))


def csv_text(rows: Iterable[Mapping[str, str]]) -> str:
    """The rows as CSV (RFC 4180), every cell inert in a spreadsheet."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    writer.writerows({name: inert(cell) for name, cell in row.items()} for row in rows)
    return out.getvalue()
