"""What is published says what the program does: the page of commands, and the JSON Schemas."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import typer
from jsonschema import Draft202012Validator

from connector.cli import app

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "commands.md").read_text(encoding="utf-8")
COMMON = {"--config", "--json", "--debug", "--help"}


def commands() -> Iterator[tuple[str, Any]]:
    """Every command with its full name, those of ``review`` too."""
    root: Any = typer.main.get_command(app)
    for name in root.list_commands(None):
        command = root.get_command(None, name)
        inner = getattr(command, "commands", None)
        if inner is None:
            yield name, command
        else:
            yield from ((f"{name} {sub}", each) for sub, each in inner.items())


COMMANDS = dict(commands())


def section(name: str) -> str:
    """The part of the page about one command, with its heading."""
    found = re.search(rf"^## smarketing {name}(?= |$)(.*?)(?=^## |\Z)", PAGE, re.M | re.S)
    assert found, f"docs/commands.md has no part about {name}"
    return found[0]


def test_every_command_of_the_design_is_there() -> None:
    first = {name.split()[0] for name in COMMANDS}
    assert first == set(
        [
            "init",
            "check",
            "pipeline",
            "doctor",
            "install",
            "plan",
            "approve",
            "sync",
            "window",
            "pause",
            "resume",
            "status",
            "review",
            "link",
            "unlink",
            "duplicates",
            "explain",
            "undo",
            "alerts",
            "parity",
            "state",
            "run",
            "sandbox",
            "demo",
        ]
    )


def test_the_page_speaks_of_no_other_command() -> None:
    headings = re.findall(r"^## smarketing ([a-z]+(?: [a-z]+)?)", PAGE, re.M)
    assert sorted(headings) == sorted(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_page_names_every_option_and_argument_and_no_other(name: str) -> None:
    part = section(name)
    options = {each for param in COMMANDS[name].params for each in param.opts if each.startswith("--")}
    assert set(re.findall(r"(?<![\w-])--[a-z-]+", part)) - COMMON == options - COMMON
    heading = part.splitlines()[0]
    for param in COMMANDS[name].params:
        if param.param_type_name == "argument":
            assert param.metavar in heading


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_takes_the_common_options_and_explains_itself(name: str) -> None:
    command = COMMANDS[name]
    assert {each for param in command.params for each in param.opts} >= COMMON - {"--help"}
    assert command.help
    assert all(param.help for param in command.params)


@pytest.mark.parametrize("name", [*COMMANDS, "error"])
def test_every_object_has_a_published_schema(name: str) -> None:
    schema = orjson.loads((DOCS / "json" / f"{name.replace(' ', '-')}.schema.json").read_bytes())
    Draft202012Validator.check_schema(schema)
    assert set(schema["required"]) <= set(schema["properties"])


def test_no_schema_is_left_over() -> None:
    names = {path.name.removesuffix(".schema.json") for path in (DOCS / "json").iterdir()}
    assert names == {name.replace(" ", "-") for name in COMMANDS} | {"error"}


def test_the_objects_of_a_run_keep_their_first_keys() -> None:
    """Others' scripts read these: keys are added, never removed."""
    first = set(["run", "created", "updated", "writes", "review", "held", "requests", "stopped_by", "plan"])
    for name in ("sync", "plan"):
        schema = orjson.loads((DOCS / "json" / f"{name}.schema.json").read_bytes())
        assert first <= set(schema["required"])
