"""``smarketing pause`` and ``resume``: the kill switch."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated

import typer

from connector.commands.output import Output
from connector.commands.shared import CONFIG_FILE, ConfigFile, Debug, Json, who
from connector.connect import is_shared, open_state, work_folder
from connector.errors import ConfigError, SmarketingError
from connector.report.status import pause_json
from connector.settings import Settings, load
from connector.state.pause import Pause, Switch

WAITS = 1


def pause(
    reason: Annotated[str, typer.Option("--reason", help="Why, for everyone who wonders.")] = "",
    config: ConfigFile = CONFIG_FILE,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> int:
    """Stop writing to both CRMs until `smarketing resume`: the kill switch.

    A run at work ends after the batch that is under way, whichever process it is; the scheduler stays up and
    waits. Nothing is lost: what changes meanwhile is carried over afterwards.
    """
    output = Output(json)
    settings = load(config)
    made = Pause(datetime.now(UTC), who(), reason.strip())
    with _writing(settings):
        Switch(work_folder(settings)).turn_on(made)
    untold = _tell_all(settings, made)
    output.words("Paused. A run at work ends after its batch. To go on: smarketing resume")
    if untold is not None:
        output.words(f"Only on this host: the others could not be told, since {untold.message}.")
    output.answer(pause_json(made) | {"everywhere": untold is None})
    return 0 if untold is None else WAITS


def resume(config: ConfigFile = CONFIG_FILE, json: Json = False, debug: Debug = False) -> int:  # noqa: ARG001
    """End a pause; the next run carries over what changed meanwhile."""
    output = Output(json)
    settings = load(config)
    was = _resumed(settings)
    if was is None:
        output.words("Nothing is paused.")
    else:
        output.words(
            f"It was {was}. Now it goes on: with the next start of smarketing run, or smarketing sync"
        )
    output.answer({"was": pause_json(was) if was is not None else None})
    return 0


def _resumed(settings: Settings) -> Pause | None:
    """All hosts are told first: should that fail, this one stays paused too."""
    switch = Switch(work_folder(settings))
    was = switch.pause()
    if is_shared(settings):
        with open_state(settings) as store:
            everywhere = Switch(switch.folder, store)
            was = everywhere.pause()
            everywhere.tell(None)
    with _writing(settings):
        switch.turn_off()
    return was


def _tell_all(settings: Settings, made: Pause) -> SmarketingError | None:
    """Tell the other hosts of a shared state; why that failed, if it did."""
    if not is_shared(settings):
        return None
    try:
        with open_state(settings) as store:
            Switch(work_folder(settings), store).tell(made)
    except SmarketingError as error:
        return error
    return None


@contextmanager
def _writing(settings: Settings) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        message = f"cannot change {settings.state.folder / 'paused'}: {error.strerror}"
        raise ConfigError(message, fix="Make the folder writable, or free some space.") from None
