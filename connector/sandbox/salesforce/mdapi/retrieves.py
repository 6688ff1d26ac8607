"""Components as files in a zip: what retrieve() gives.

In: the members of a manifest. Out: requests that go on a step with each look, and a zip under `unpackaged/`.
Source: Metadata API Developer Guide, "retrieve()", "RetrieveResult".
"""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from connector.sandbox.salesforce.ids import new_id, to_18
from connector.sandbox.salesforce.mdapi import keepers
from connector.sandbox.salesforce.mdapi.component import NAMESPACE, Stored
from connector.sandbox.salesforce.mdapi.objects import as_child
from connector.sandbox.salesforce.mdapi.results import soap_text, user_name
from connector.sandbox.salesforce.mdapi.types import CHILD_TYPES, FOLDERS, TYPES, file_of
from connector.sandbox.salesforce.org import Org
from connector.sandbox.salesforce.soap.xml import Node, write
from connector.sandbox.salesforce.soql.rows import Json

Wanted = tuple[str, str]
"""(type, full name)"""
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def wanted(asked: Node) -> list[Wanted]:
    """The members of a RetrieveRequest."""
    manifest = asked.child("unpackaged")
    listed = () if manifest is None else manifest.every("types")
    return [(each.value("name"), name) for each in listed for name in each.values("members")]


@dataclass(slots=True)
class Retrieve:
    """One request to retrieve."""

    id: str
    members: Sequence[Wanted]
    version: int
    status: str = "Pending"
    zipped: bytes = b""
    properties: list[Json] = field(default_factory=list)
    messages: list[Json] = field(default_factory=list)

    def go_on(self, org: Org) -> None:
        """The next step, to be taken after the present state was told."""
        if self.status == "Pending":
            self.status = "InProgress"
        elif self.status == "InProgress":
            self.status = "Succeeded"
            self._collect(org)

    def shown(self, with_zip: bool) -> Json:
        """The RetrieveResult."""
        done = self.status == "Succeeded"
        told: Json = {"done": done, "fileProperties": self.properties, "id": self.id}
        told |= {"messages": self.messages, "status": self.status, "success": done}
        if done and with_zip:
            told["zipFile"] = base64.b64encode(self.zipped).decode()
        return told

    def _collect(self, org: Org) -> None:
        found = list(self._found(org))
        self.properties = [properties(org, each, "unpackaged/") for each in found]
        files = dict(_files(found))
        files["package.xml"] = _manifest(found, self.version)
        self.zipped = _zip(files)

    def _found(self, org: Org) -> Iterator[Stored]:
        for type_name, name in self.members:
            if type_name not in TYPES:
                self._complain(f"Unknown type name '{type_name}' specified in package.xml")
                continue
            found = self._named(org, type_name, name)
            if not found and name != "*":
                self._complain(f"Entity of type '{type_name}' named '{name}' cannot be found")
            yield from found

    def _named(self, org: Org, type_name: str, name: str) -> list[Stored]:
        if name == "*":
            return keepers.every(org, type_name) if TYPES[type_name].wildcard else []
        found = keepers.find(org, type_name, name)
        if found is None and type_name in FOLDERS:
            found = keepers.find(org, FOLDERS[type_name], name)
        return [] if found is None else [found]

    def _complain(self, text: str) -> None:
        self.messages.append({"fileName": "unpackaged/package.xml", "problem": text})


class Retrieves:
    """The retrieves of an org."""

    def __init__(self) -> None:
        self._retrieves: dict[str, Retrieve] = {}

    def clear(self) -> None:
        self._retrieves.clear()

    def add(self, members: Sequence[Wanted], version: int) -> Retrieve:
        made = Retrieve(new_id("09S", len(self._retrieves) + 1), members, version)
        self._retrieves[made.id] = made
        return made

    def get(self, id: str) -> Retrieve | None:
        return self._retrieves.get(to_18(id) or "")


def properties(org: Org, stored: Stored, root: str = "") -> Json:
    """FileProperties."""
    name = user_name(org, org.user)
    return {
        "createdById": org.user,
        "createdByName": name,
        "createdDate": soap_text(stored.created),
        "fileName": root + file_of(stored.type, stored.full_name),
        "fullName": stored.full_name,
        "id": stored.id,
        "lastModifiedById": org.user,
        "lastModifiedByName": name,
        "lastModifiedDate": soap_text(stored.modified),
        "manageableState": "unmanaged",
        "type": stored.type,
    }


def _files(found: Iterable[Stored]) -> Iterator[tuple[str, bytes]]:
    objects: dict[str, dict[str, list[object]]] = {}
    for each in found:
        path = file_of(each.type, each.full_name)
        if each.type in CHILD_TYPES:
            inside = objects.setdefault(path, {})
            inside.setdefault(CHILD_TYPES[each.type].tag, []).append(as_child(each))
        elif each.type == "ApexClass":
            yield from _code(path, each)
        else:
            yield path, _document(each.type, each.body)
    for path, children in objects.items():
        yield path, _document("CustomObject", children)


def _code(path: str, stored: Stored) -> Iterator[tuple[str, bytes]]:
    body: dict[str, list[Node]] = dict(stored.body) if isinstance(stored.body, dict) else {}
    content = body.pop("content", [])
    yield path, base64.b64decode(content[0].text) if content else b""
    yield path + "-meta.xml", _document("ApexClass", body)


def _document(type_name: str, body: object) -> bytes:
    named = {"@xmlns": NAMESPACE, **(body if isinstance(body, dict) else {})}
    return (HEAD + write(type_name, named)).encode()


def _manifest(found: Iterable[Stored], version: int) -> bytes:
    listed: dict[str, list[str]] = {}
    for each in found:
        listed.setdefault(each.type.removesuffix("Folder"), []).append(each.full_name)
    types = [{"members": sorted(names), "name": name} for name, names in sorted(listed.items())]
    return _document("Package", {"types": types, "version": f"{version}.0"})


def _zip(files: dict[str, bytes]) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as made:
        for path, content in sorted(files.items()):
            made.writestr(f"unpackaged/{path}", content)
    return raw.getvalue()
