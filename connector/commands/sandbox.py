"""``smarketing sandbox``: serves a simulated HubSpot and Salesforce until it is stopped."""

import io
import re
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Annotated

import typer

from connector.commands.output import Output
from connector.commands.shared import CONFIG_FILE, ConfigFile, Debug, Json
from connector.demo.crms import READY
from connector.errors import ConfigError

Options = tuple[int, int, int, int, Path | None, float]
"""Both ports, the number of contacts, the seed, the folder of the state, the lag of the index."""


def sandbox(
    hubspot_port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free port.")] = 8801,
    salesforce_port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free port.")] = 8802,
    contacts: Annotated[int, typer.Option(min=0, help="Contacts in HubSpot; 0 starts empty.")] = 2000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same company.")] = 1,
    state: Annotated[Path | None, typer.Option(help="A folder that keeps the records between runs.")] = None,
    index_lag: Annotated[float, typer.Option(min=0, help="Seconds that HubSpot's search is late.")] = 0.0,
    config: ConfigFile = CONFIG_FILE,  # noqa: ARG001 - taken by every command
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> int:
    """Serve a simulated HubSpot and Salesforce on this machine, for trying things out.

    Prints one line when both answer, and ends at Ctrl-C. HubSpot's token is `sandbox`; Salesforce's client
    id and secret are `sandbox` and `sandbox`.
    """
    options = (hubspot_port, salesforce_port, contacts, seed, state, index_lag)
    return _as_json(options, Output(json)) if json else _serve(options)


def _serve(options: Options) -> int:
    from connector.sandbox import serve  # only who serves the simulated CRMs waits for them

    return serve.main(*options)


def _as_json(options: Options, output: Output) -> int:
    """Serves as without ``--json``; the line that says where becomes an object, a complaint an error."""
    complaint = io.StringIO()
    with redirect_stdout(_Announcement(output)), redirect_stderr(complaint):
        code = _serve(options)
    if code:
        said = complaint.getvalue().strip() or "the simulated CRMs ended"
        raise ConfigError(said, fix="Choose other ports, another folder or other numbers.")
    return code


class _Announcement(io.TextIOBase):
    """Takes the line that the simulated CRMs print when both answer."""

    def __init__(self, output: Output) -> None:
        self._output, self._real = output, sys.stdout

    def write(self, text: str) -> int:
        found = READY.search(text)
        if found is not None:
            size, seed = _size(text)
            answer = {"hubspot": found[1], "salesforce": found[3], "contacts": size, "seed": seed}
            with redirect_stdout(self._real):
                self._output.answer(answer)
        return len(text)


def _size(line: str) -> tuple[int, int]:
    found = re.search(r"([\d,]+) contacts, seed (-?\d+)", line)
    return (int(found[1].replace(",", "")), int(found[2])) if found else (0, 0)
