"""Objects as components: a container whose children are components of their own.

In: an org. Out: every object that can be customized, with its custom fields, list views and the like inside.
"""

from __future__ import annotations

from collections.abc import Iterator

from connector.sandbox.salesforce.mdapi import fields, shelf
from connector.sandbox.salesforce.mdapi.component import Stored
from connector.sandbox.salesforce.mdapi.types import CHILDREN
from connector.sandbox.salesforce.org import Org
from connector.sandbox.salesforce.schema import ObjectType
from connector.sandbox.salesforce.soap.xml import Node


def every(org: Org) -> Iterator[Stored]:
    """All objects that have records of their own, standard ones only: no others can be made here."""
    for kind in org.catalog.everything.types.values():
        if kind.soft_delete and kind.create:
            yield _stored(org, kind)


def _stored(org: Org, kind: ObjectType) -> Stored:
    kept = shelf.get(org, "CustomObject", kind.name)
    own = kept.body if kept is not None and isinstance(kept.body, dict) else {}
    since = str(next(org.db.find(org.kind("Organization"), "1"))["CreatedDate"])
    body = {**own, **children(org, kind.name)}
    created, modified = (since, since) if kept is None else (kept.created, kept.modified)
    return Stored("CustomObject", kind.name, "" if kept is None else kept.id, body, created, modified)


def children(org: Org, object_name: str) -> dict[str, object]:
    """The children of an object by the elements that they stand in."""
    found: dict[str, object] = {}
    for kind in CHILDREN:
        listed = fields.every(org) if kind.name == "CustomField" else shelf.every(org, kind.name)
        own = [each for each in listed if each.full_name.startswith(f"{object_name}.")]
        if own:
            found[kind.tag] = [as_child(each) for each in own]
    return found


def as_child(stored: Stored) -> dict[str, object]:
    """A child as it stands in its object: under its own name alone."""
    body: dict[str, list[Node]] = stored.body if isinstance(stored.body, dict) else {}
    return {"fullName": stored.full_name.partition(".")[2], **body}
