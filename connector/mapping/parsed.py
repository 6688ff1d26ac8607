"""The files after their shape was checked: typed, and still knowing where each line stands.

Enters: texts. Leaves: ``Files`` and problems of reading and shape. Never: I/O, meaning across blocks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

from pydantic import ValidationError

from connector.mapping import nodes, wording
from connector.mapping.nodes import Node, Path, Scalar
from connector.mapping.problem import Problem, Severity
from connector.mapping.rules import Where
from connector.mapping.shape import FILES, OPTIONAL, Block, ObjectFile, OwnersFile, PipelineFile
from connector.mapping.words import suggestion
from connector.model import Kind

FILE_OF = {Kind.CONTACT: "contacts.yaml", Kind.COMPANY: "companies.yaml", Kind.DEAL: "deals.yaml"}
PIPELINE = "pipeline.yaml"
OWNERS = "owners.yaml"

M = TypeVar("M", bound=Block)


@dataclass(frozen=True, slots=True)
class Parsed(Generic[M]):
    """One file: what it says and where."""

    file: str
    root: Node
    model: M

    def where(self, *path: str | int, key: bool = False) -> Where:
        """Place of the value at a path (``key``: of its key), or the nearest thing above it."""
        return nodes.place(self.root, path, key=key)

    def problem(self, path: Path, message: str, rule: str, severity: Severity = Severity.ERROR) -> Problem:
        """At the value that the path leads to."""
        return Problem(self.where(*path), message, rule, severity)

    def inside(self, path: Path, column: int) -> Where:
        """A place inside a text of one line; ``column`` counts from 1. The text's own place if it runs over
        several lines."""
        node = nodes.at(self.root, path)
        where = self.where(*path)
        if not isinstance(node, Scalar) or node.inset is None:
            return where
        return Where(where.file, where.line, where.column + node.inset + column - 1)


@dataclass(frozen=True, slots=True)
class Files:
    """All mapping files that could be read. A file with a wrong shape is missing."""

    pipeline: Parsed[PipelineFile] | None
    objects: Mapping[Kind, Parsed[ObjectFile]]
    owners: Parsed[OwnersFile] | None = None

    @property
    def complete(self) -> bool:
        return self.pipeline is not None and len(self.objects) == len(FILE_OF)


def parse(files: Mapping[str, str]) -> tuple[Files, list[Problem]]:
    """Read the texts by file name. All problems of YAML and shape, in all files."""
    problems = [_stranger(name) for name in files if name not in FILES]
    parsed: dict[str, Parsed[Block]] = {}
    for name, model in FILES.items():
        if name not in files and name in OPTIONAL:
            continue
        if name not in files:
            message = "this file is missing; `smarketing init` writes a starter"
            problems.append(Problem(Where(name, 1, 1), message, "missing-file"))
            continue
        found, wrong = _parse_one(name, files[name], model)
        problems += wrong
        if found is not None:
            parsed[name] = found
    pipeline = cast("Parsed[PipelineFile] | None", parsed.get(PIPELINE))
    objects = {
        kind: cast("Parsed[ObjectFile]", parsed[name]) for kind, name in FILE_OF.items() if name in parsed
    }
    return Files(pipeline, objects, cast("Parsed[OwnersFile] | None", parsed.get(OWNERS))), problems


def _stranger(name: str) -> Problem:
    message = f"this file is not read{suggestion(name, FILES)}"
    return Problem(Where(name, 1, 1), message, "unknown-file", Severity.WARNING)


def _parse_one(name: str, text: str, model: type[Block]) -> tuple[Parsed[Block] | None, list[Problem]]:
    root, problems = nodes.read(name, text)
    if root is None:
        return None, problems
    try:
        return Parsed(name, root, model.model_validate(nodes.plain(root))), problems
    except ValidationError as error:
        refused = {problem.where for problem in problems}
        return None, problems + [p for p in wording.explain(error, model, root) if p.where not in refused]
