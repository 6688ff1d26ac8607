"""docs/errors.md lists every code that the program uses, and no other."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from connector.report.words import is_danger
from connector.sync.guards import NO_LIMIT, Limits

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
MAKERS = {"Held", "Review", "Unclear", "Unmappable"}
"""What carries a code as its first argument."""
TABLES = {"MESSAGES", "HELD_MESSAGES", "REVIEW_MESSAGES"}
UNSEEN = {"no such owner", "merged into", ""}
"""Words that no person and no machine ever gets to see."""


def trees() -> list[ast.Module]:
    files = [p for p in (ROOT / "connector").rglob("*.py") if "sandbox" not in p.parts]
    return [ast.parse(path.read_text(encoding="utf-8")) for path in files]


def constants(modules: list[ast.Module]) -> dict[str, str]:
    """Names of texts at the top of a module."""
    return {
        target.id: node.value.value
        for module in modules
        for node in module.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name) and isinstance(node.value.value, str)
    }


def text(node: ast.expr | None, names: dict[str, str]) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return names.get(node.id) if isinstance(node, ast.Name) else None


def used() -> Iterator[str]:
    """Every code that the source spells out."""
    modules = trees()
    names = constants(modules)
    for node in (each for module in modules for each in ast.walk(module)):
        if isinstance(node, ast.Call):
            maker = node.func.id if isinstance(node.func, ast.Name) else ""
            found = [text(word.value, names) for word in node.keywords if word.arg == "reason"]
            if maker in MAKERS and node.args:
                found.append(text(node.args[0], names))
            yield from (code for code in found if code)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if name == "word" and isinstance(node.value, ast.Constant):
                yield str(node.value.value)
            if name in TABLES and isinstance(node.value, ast.Dict):
                yield from (str(key.value) for key in node.value.keys if isinstance(key, ast.Constant))


def listed() -> set[str]:
    return set(re.findall(r"^### (.+)$", PAGE, re.MULTILINE))


def test_every_code_is_listed_and_every_listed_code_is_used() -> None:
    codes = set(used()) - UNSEEN
    assert sorted(codes - listed()) == []
    assert sorted(listed() - codes) == []


def test_each_code_has_its_cause_and_its_fix() -> None:
    parts = re.split(r"^##+ ", PAGE, flags=re.MULTILINE)
    for part in parts:
        code, _, body = part.partition("\n")
        if code in listed():
            assert "Cause: " in body, code
            assert "Fix: " in body, code


def test_every_guard_is_listed() -> None:
    rows = re.search(r"^## Guards$(.*?)^## ", PAGE, re.MULTILINE | re.DOTALL)
    assert rows is not None
    guards = set(re.findall(r"`([a-z]+)`", "".join(re.findall(r"^\| (`.*?) \|", rows[1], re.MULTILINE))))
    assert {name for name in guards if not is_danger(name) and Limits().of(name) == NO_LIMIT} == set()
    assert {"mapping", "schema", "small", "lost", "create", "unlink", "own"} <= guards
