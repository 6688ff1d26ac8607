"""Options that every command takes, and what several do alike: asking first, and who is at the keyboard."""

import getpass
import socket
import sys
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from connector.commands.output import Output
from connector.errors import ConfigError

CONFIG_FILE = Path("config.toml")

ConfigFile: TypeAlias = Annotated[
    Path,
    typer.Option("--config", envvar="SMARKETING_CONFIG", help="The config file.", show_default="config.toml"),
]
Json: TypeAlias = Annotated[bool, typer.Option("--json", help="Print one JSON object for machines.")]
Debug: TypeAlias = Annotated[
    bool, typer.Option("--debug", help="Show where an unexpected error happened (may show people's values).")
]


def agreed(output: Output, yes: bool, asks: str, question: str) -> bool:
    """Whether the person agrees. Raises ConfigError where nobody sits at the terminal."""
    if yes:
        return True
    if output.json or not sys.stdin.isatty():
        raise ConfigError(asks, fix="Run again with --yes.")
    return typer.confirm(question, err=True)


def who() -> str:
    """Who is at the keyboard, and where."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        user = "somebody"
    return f"{user}@{socket.gethostname()}"
