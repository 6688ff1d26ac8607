"""``smarketing demo``: all of it on simulated CRMs."""

import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import typer

from connector.commands.output import Output
from connector.commands.shared import CONFIG_FILE, ConfigFile, Debug, Json
from connector.demo.crms import Crms, start
from connector.demo.story import Outcome, tell

STOPPED = 3


def demo(
    contacts: Annotated[int, typer.Option(min=20, help="Contacts in the simulated HubSpot.")] = 2000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same company.")] = 1,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the folder, to go on by hand.")] = False,
    config: ConfigFile = CONFIG_FILE,  # noqa: ARG001 - taken by every command
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> int:
    """Show all of it on simulated CRMs: two CRMs that disagree become aligned.

    Starts them on free ports, installs, plans, approves as a person would, syncs, lets a working day pass,
    syncs again, shows that a third sync writes nothing, and explains one value. Ends by itself and leaves
    nothing behind.
    """
    output = Output(json)
    with _folder(keep) as folder, _ended_by_signals():
        output.words("smarketing demo", style="bold")
        output.words(f"Starting a simulated HubSpot and Salesforce with {contacts:,} contacts …")
        with start(contacts, seed, folder / "crms") as crms:
            outcome = tell(output, crms, folder / "smarketing", seed)
        _farewell(output, outcome, crms, folder if keep else None)
    output.answer(outcome.as_json())
    return 0 if outcome.good else STOPPED


@contextmanager
def _folder(keep: bool) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="smarketing-demo-"))
    try:
        yield folder
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """SIGTERM ends the demo as Ctrl-C does, so that it cleans up."""

    def end(_number: int, _frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _farewell(output: Output, outcome: Outcome, crms: Crms, kept: Path | None) -> None:
    output.heading("That is all" if outcome.good else "Something is not as it should be")
    if outcome.good:
        output.words(
            "Two CRMs that disagreed are aligned, and stay so. To go on by hand:"
            if kept
            else "Two CRMs that disagreed are aligned, and stay so. To try it yourself, in two terminals:"
        )
    else:
        output.words(
            f"differences: {outcome.parity.differences}; written by the third sync: {outcome.syncs[2].writes}"
        )
    for line in _kept(kept, crms) if kept else _YOURSELF:
        output.line(f"  {line}")


_YOURSELF = (
    "smarketing sandbox",
    "smarketing init trial --sandbox && cd trial && smarketing doctor",
)


def _kept(folder: Path, crms: Crms) -> list[str]:
    return [
        f"smarketing sandbox {crms.ports} --state {folder / 'crms'}",
        f"cd {folder / 'smarketing'} && smarketing status",
    ]
