"""Options that every command takes, spelled once."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

CONFIG_FILE = Path("config.toml")

ConfigFile: TypeAlias = Annotated[
    Path,
    typer.Option("--config", envvar="SMARKETING_CONFIG", help="The config file.", show_default="config.toml"),
]
Json: TypeAlias = Annotated[bool, typer.Option("--json", help="Print one JSON object for machines.")]
Debug: TypeAlias = Annotated[
    bool, typer.Option("--debug", help="Show where an unexpected error happened (may show people's values).")
]
