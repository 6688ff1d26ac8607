"""Components that the org only keeps: list views, reports, layouts and the like.

In: components that were checked already. Out: rows of one table, found again by type and name in any case.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator

from connector.sandbox.salesforce.ids import new_id
from connector.sandbox.salesforce.mdapi.component import Component, Saved, Stored
from connector.sandbox.salesforce.org import Org
from connector.sandbox.salesforce.soap.xml import Node, read, write_node

PREFIXES = {
    "ListView": "00B",
    "Report": "00O",
    "ReportFolder": "00l",
    "DashboardFolder": "00l",
    "Dashboard": "01Z",
    "Layout": "00h",
    "ApexClass": "01p",
    "ValidationRule": "03d",
    "CustomObject": "01I",
    "FieldSet": "0IX",
    "CompactLayout": "0AH",
    "WebLink": "00b",
    "PermissionSet": "0PS",
}
_COLUMNS = "type, name, id, body, created, modified"


def put(org: Org, component: Component) -> Saved:
    """Stores a component in place of an older one of its name."""
    found = get(org, component.type, component.full_name)
    now = org.stamp()
    name = component.full_name if found is None else found.full_name
    made, created = (_next_id(org, component.type), now) if found is None else (found.id, found.created)
    org.db.run(
        f"INSERT OR REPLACE INTO _component ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)",
        (component.type, name, made, _text(component), created, now),
    )
    return Saved(made, found is None)


def get(org: Org, type_name: str, full_name: str) -> Stored | None:
    return next(_found(org, "type = ? AND name = ?", type_name, full_name), None)


def every(org: Org, type_name: str) -> Iterator[Stored]:
    """All components of a type, by name."""
    return _found(org, "type = ?", type_name)


def texts(stored: Stored) -> dict[str, str]:
    """The elements of a component that hold nothing but text."""
    body: dict[str, list[Node]] = stored.body if isinstance(stored.body, dict) else {}
    return {name: nodes[0].text.strip() for name, nodes in body.items() if not nodes[0].children}


def rename(org: Org, type_name: str, full_name: str, new_name: str) -> None:
    org.db.run(
        "UPDATE _component SET name = ?, modified = ? WHERE type = ? AND name = ?",
        (new_name, org.stamp(), type_name, full_name),
    )


def drop(org: Org, type_name: str, full_name: str) -> bool:
    """Whether there was one."""
    done = org.db.run("DELETE FROM _component WHERE type = ? AND name = ?", (type_name, full_name))
    return done.rowcount > 0


def _found(org: Org, where: str, *parameters: str) -> Iterator[Stored]:
    rows = org.db.run(f"SELECT {_COLUMNS} FROM _component WHERE {where} ORDER BY name", parameters).fetchall()
    return (
        Stored(str(t), str(n), str(i), _body(str(body)), str(created), str(modified))
        for t, n, i, body, created, modified in rows
    )


def _text(component: Component) -> str:
    """The elements of a component, its name and, for code, its content in base64."""
    root = component.node
    kept = Node(component.type, "", {}, root.line, root.column, root.without("fullName", "content"))
    if component.content is not None:
        content = Node("content", "", {}, 0, 0, text=base64.b64encode(component.content).decode())
        kept.children.append(content)
    return write_node(kept)


def _body(text: str) -> dict[str, list[Node]]:
    body: dict[str, list[Node]] = {}
    for each in read(text.encode()).children:
        body.setdefault(each.name, []).append(each)
    return body


def _next_id(org: Org, type_name: str) -> str:
    key = f"last component {type_name}"
    number = int(org.db.noted(key) or 0) + 1
    org.db.note(key, str(number))
    return new_id(PREFIXES[type_name], number)
