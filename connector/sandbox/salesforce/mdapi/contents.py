"""What a package wants: the components of its files, held against its manifest.

In: a package. Out: components in the order of deploying, and complaints about files and members that do not
fit together. Source: Metadata API Developer Guide, "deploy()", allowMissingFiles and autoUpdatePackage.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import unquote

from connector.sandbox.salesforce.mdapi.component import Component, MetadataProblem
from connector.sandbox.salesforce.mdapi.package import (
    AFTER,
    BEFORE,
    MANIFEST,
    Manifest,
    Package,
    manifest,
    parse,
)
from connector.sandbox.salesforce.mdapi.types import (
    BY_FOLDER,
    BY_TAG,
    CHILD_TYPES,
    FOLDER_TYPES,
    FOLDERS,
    ORDER,
    TYPES,
    Type,
)
from connector.sandbox.salesforce.soap.xml import Node

META = "-meta.xml"


@dataclass(frozen=True, slots=True)
class Complaint:
    """Something about a file that fails the deploy."""

    type: str
    full_name: str
    file: str
    text: str
    line: int | None = None
    column: int | None = None


@dataclass(slots=True)
class Contents:
    """Everything that a package asks for."""

    components: list[Component] = field(default_factory=list)
    complaints: list[Complaint] = field(default_factory=list)
    deletions: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    """What each destructive manifest names, as (type, full name)."""


def contents(package: Package, missing_allowed: bool, unnamed_allowed: bool) -> Contents:
    """The components of a package; `missing_allowed` and `unnamed_allowed` are the deploy's options."""
    found = Contents()
    raw = package.files.get(MANIFEST)
    if raw is None:
        found.complaints.append(Complaint("", MANIFEST, package.root + MANIFEST, "No package.xml found"))
        return found
    try:
        wanted = manifest(raw)
    except MetadataProblem as problem:
        found.complaints.append(_about(problem, "", MANIFEST, package.root + MANIFEST))
        return found
    _Reader(package, wanted, found, unnamed_allowed).read()
    if not missing_allowed:
        found.complaints += _missing(package, wanted, found)
    for name in (*BEFORE, *AFTER):
        if name in package.files:
            _read_deletions(package, name, found)
    found.components.sort(key=lambda each: ORDER.index(each.type))
    return found


def _about(problem: MetadataProblem, type_name: str, full_name: str, file: str) -> Complaint:
    return Complaint(type_name, full_name, file, problem.text, problem.line, problem.column)


class _Reader:
    """Goes through the files of one package."""

    def __init__(self, package: Package, wanted: Manifest, found: Contents, unnamed_allowed: bool) -> None:
        self.package, self.wanted, self.found = package, wanted, found
        self.unnamed_allowed = unnamed_allowed
        self.named = {(each.type, each.name) for each in wanted.members}

    def read(self) -> None:
        for path in sorted(self.package.files):
            if path in (MANIFEST, *BEFORE, *AFTER) or path.rpartition("/")[2].startswith("."):
                continue
            folder, _, rest = path.partition("/")
            kind = BY_FOLDER.get(folder)
            if kind is None or not rest:
                self._complain("", path, path, f"Unknown folder in the zip file: {folder}")
            elif not (kind.meta_file and path.endswith(META)):
                self._read_file(kind, path, rest)

    def _read_file(self, kind: Type, path: str, rest: str) -> None:
        type_name, full_name = kind.name, unquote(rest.removesuffix(f".{kind.suffix}"))
        if kind.in_folder and rest.endswith(META):
            type_name, full_name = FOLDERS[kind.name], rest.removesuffix(META)
        elif not rest.endswith(f".{kind.suffix}"):
            self._complain(type_name, rest, path, f"A file in {kind.folder} must end with .{kind.suffix}")
            return
        try:
            self._add(kind, type_name, full_name, path)
        except MetadataProblem as problem:
            self.found.complaints.append(_about(problem, type_name, full_name, self.package.root + path))

    def _add(self, kind: Type, type_name: str, full_name: str, path: str) -> None:
        if kind.meta_file:
            self._add_code(kind, full_name, path)
            return
        node = parse(self.package.files[path], type_name)
        if type_name == "CustomObject":
            self._add_object(full_name, node, path)
        else:
            self._want(self._component(type_name, full_name, node, path))

    def _add_code(self, kind: Type, full_name: str, path: str) -> None:
        meta = self.package.files.get(path + META)
        if meta is None:
            raise MetadataProblem("UNKNOWN_EXCEPTION", f"No metadata file found for {path}")
        made = self._component(kind.name, full_name, parse(meta, kind.name), path)
        self._want(replace(made, content=self.package.files[path]))

    def _add_object(self, full_name: str, node: Node, path: str) -> None:
        """An object that is named brings its children; else those count that are named themselves."""
        own = [each for each in node.children if each.name not in BY_TAG]
        rest = Node(node.name, node.namespace, {}, node.line, node.column, own)
        whole = self._is_named("CustomObject", full_name)
        if whole or (own and not self._names_child_of(full_name)):
            self._want(self._component("CustomObject", full_name, rest, path))
        for each in node.children:
            if each.name in BY_TAG:
                name = f"{full_name}.{each.value('fullName')}"
                made = self._component(BY_TAG[each.name].name, name, each, path)
                self.found.components.append(made) if whole else self._want(made)

    def _names_child_of(self, object_name: str) -> bool:
        return any(t in CHILD_TYPES and n.startswith(f"{object_name}.") for t, n in self.named)

    def _component(self, type_name: str, full_name: str, node: Node, path: str) -> Component:
        return Component(type_name, full_name, node, self.wanted.version, self.package.root + path)

    def _want(self, component: Component) -> None:
        if self.unnamed_allowed or self._is_named(component.type, component.full_name):
            self.found.components.append(component)
        else:
            path = component.file.removeprefix(self.package.root)
            self._complain(component.type, component.full_name, path, "Not in package.xml")

    def _is_named(self, type_name: str, full_name: str) -> bool:
        named_as = type_name.removesuffix("Folder") if type_name in FOLDER_TYPES else type_name
        everything = named_as in TYPES and TYPES[named_as].wildcard and (named_as, "*") in self.named
        return everything or (named_as, full_name) in self.named or (type_name, full_name) in self.named

    def _complain(self, type_name: str, full_name: str, path: str, text: str) -> None:
        self.found.complaints.append(Complaint(type_name, full_name, self.package.root + path, text))


def _missing(package: Package, wanted: Manifest, found: Contents) -> Iterator[Complaint]:
    """Members of the manifest that no file brings."""
    brought = {(each.type, each.full_name) for each in found.components}
    brought |= {(each.type, each.full_name) for each in found.complaints}
    brought |= {(t.removesuffix("Folder"), n) for t, n in brought if t in FOLDER_TYPES}
    file = package.root + MANIFEST
    for type_name, place in wanted.types.items():
        if type_name not in TYPES and type_name not in FOLDER_TYPES:
            text = f"Unknown type name '{type_name}' specified in package.xml"
            yield Complaint("", type_name, file, text, place.line, place.column)
    for each in wanted.members:
        if each.type in TYPES and each.name != "*" and (each.type, each.name) not in brought:
            text = (
                f"An object '{each.name}' of type {each.type} was named in package.xml, "
                "but was not found in zipped directory"
            )
            yield Complaint("", each.name, file, text)


def _read_deletions(package: Package, name: str, found: Contents) -> None:
    file = package.root + name
    try:
        listed = manifest(package.files[name], versioned=False)
    except MetadataProblem as problem:
        found.complaints.append(_about(problem, "", name, file))
        return
    if any(each.name == "*" for each in listed.members):
        found.complaints.append(Complaint("", name, file, "Wildcards are not allowed in destructive changes"))
        return
    found.deletions[name] = [(each.type, each.name) for each in listed.members]
