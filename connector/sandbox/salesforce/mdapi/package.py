"""The zip of a deploy: its files, and the manifests that say what in it counts.

In: bytes. Out: packages. Raises ZipProblem when there is nothing to look at. Source: Metadata API Developer
Guide, "deploy()" (sizes), "Deploying and Retrieving Metadata with the Zip File".
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connector.sandbox.salesforce.mdapi.component import NAMESPACE, MetadataProblem
from connector.sandbox.salesforce.soap.xml import Node, XmlProblem, read
from connector.sandbox.salesforce.versions import NEWEST, OLDEST

MOST_ZIPPED, MOST_UNZIPPED, MOST_FILES = 40_894_464, 419_430_400, 10_000  # 39 MB, 400 MB
MANIFEST = "package.xml"
BEFORE, AFTER = ("destructiveChangesPre.xml", "destructiveChanges.xml"), ("destructiveChangesPost.xml",)
_VERSION = re.compile(r"(\d{2,3})\.0")


class ZipProblem(Exception):  # noqa: N818  # what a client sent, not a fault of the program
    """The deploy fails as a whole, with this status code and text."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code, self.text = code, text


@dataclass(frozen=True, slots=True)
class Member:
    """One line of a manifest."""

    type: str
    name: str
    place: Node


@dataclass(frozen=True, slots=True)
class Manifest:
    """A package.xml or destructiveChanges.xml. `types` also holds types without members."""

    version: int
    members: Sequence[Member]
    types: Mapping[str, Node]


@dataclass(frozen=True, slots=True)
class Package:
    """One folder of a zip. `root` is its name with a slash, or empty; paths in `files` lack it."""

    root: str
    files: Mapping[str, bytes]


def unzip(raw: bytes, single: bool) -> list[Package]:
    """The packages of a zip: one, or with `single` off one for each folder at its top."""
    files = _files(raw)
    tops = sorted({name.split("/", 1)[0] for name in files if "/" in name})
    if single:
        if MANIFEST not in files and len(tops) == 1 and f"{tops[0]}/{MANIFEST}" in files:
            return [_package(f"{tops[0]}/", files)]
        return [Package("", files)]
    return [_package(f"{top}/", files) for top in tops] or [Package("", {})]


def _package(root: str, files: Mapping[str, bytes]) -> Package:
    return Package(root, {n.removeprefix(root): raw for n, raw in files.items() if n.startswith(root)})


def _files(raw: bytes) -> dict[str, bytes]:
    """Assumption: the codes and words for zips that are too large or broken; the sizes are documented."""
    if len(raw) > MOST_ZIPPED:
        raise ZipProblem("LIMIT_EXCEEDED", f"Maximum size of the zip file is 39 MB, not {len(raw)} bytes")
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as opened:
            listed = [each for each in opened.infolist() if not each.is_dir()]
            _check_size(listed)
            return {each.filename: opened.read(each) for each in listed}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise ZipProblem("UNKNOWN_EXCEPTION", "The zip file cannot be read") from error


def _check_size(listed: Sequence[zipfile.ZipInfo]) -> None:
    if len(listed) > MOST_FILES:
        raise ZipProblem("LIMIT_EXCEEDED", f"Maximum number of files is {MOST_FILES}, not {len(listed)}")
    if sum(each.file_size for each in listed) > MOST_UNZIPPED:
        raise ZipProblem("LIMIT_EXCEEDED", "Maximum size of the unzipped files is 400 MB")


def parse(raw: bytes, root_name: str) -> Node:
    """The root of a metadata file. Raises MetadataProblem with the line."""
    try:
        root = read(raw)
    except XmlProblem as problem:
        place = Node("", "", {}, problem.line, problem.column)
        raise MetadataProblem("UNKNOWN_EXCEPTION", f"Error parsing file: {problem}", place) from problem
    if root.name != root_name or root.namespace != NAMESPACE:
        text = f"Error parsing file: {{{root.namespace}}}{root.name} is not {{{NAMESPACE}}}{root_name}"
        raise MetadataProblem("UNKNOWN_EXCEPTION", text, root)
    _check_grouped(root)
    return root


def _check_grouped(root: Node) -> None:
    """Elements of one name stand together."""
    seen, last = set(), ""
    for each in root.children:
        if each.name != last and each.name in seen:
            text = f"Element {{{NAMESPACE}}}{each.name} is duplicated at this location in type {root.name}"
            raise MetadataProblem("UNKNOWN_EXCEPTION", text, each)
        seen.add(each.name)
        last = each.name


def manifest(raw: bytes, versioned: bool = True) -> Manifest:
    """A manifest; one of deletions needs no version. Raises MetadataProblem."""
    try:
        root = read(raw)
    except XmlProblem as problem:
        place = Node("", "", {}, problem.line, problem.column)
        raise MetadataProblem("UNKNOWN_EXCEPTION", f"Error parsing file: {problem}", place) from problem
    if root.name != "Package" or root.namespace != NAMESPACE:
        raise MetadataProblem("UNKNOWN_EXCEPTION", "Error parsing file: no Package in package.xml", root)
    return Manifest(_version(root) if versioned else NEWEST, *_members(root))


def _version(root: Node) -> int:
    found = _VERSION.fullmatch(root.value("version"))
    if found is None or not OLDEST <= int(found[1]) <= NEWEST:
        text = f"Invalid version specified: {root.value('version')}"
        raise MetadataProblem("UNSUPPORTED_API_VERSION", text, root.child("version") or root)
    return int(found[1])


def _members(root: Node) -> tuple[list[Member], dict[str, Node]]:
    members, types = [], {}
    for listed in root.every("types"):
        type_name = listed.value("name")
        types[type_name] = listed
        members += [Member(type_name, each.text.strip(), each) for each in listed.every("members")]
    return members, types
