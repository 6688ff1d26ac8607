"""``smarketing init``: writes a starter config, mapping files and a key, offline; overwrites nothing."""

import os
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from connector import starter
from connector.commands.output import Output
from connector.commands.shared import CONFIG_FILE, ConfigFile, Debug, Json
from connector.errors import ConfigError
from connector.settings import line_of
from connector.state.key import Key

EXAMPLE = starter.CONFIG
CONFIG, KEY, IGNORE, MAPPINGS = "config.toml", "smarketing.key", ".gitignore", "mappings"
IGNORED = "# what must not be shared: the state and the key\n.state/\nsmarketing.key\n"


class Language(StrEnum):
    """Of what people see in the CRMs."""

    EN = "en"
    NL = "nl"
    DA = "da"


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to write; it may exist.")],
    sandbox: Annotated[
        bool, typer.Option("--sandbox", help="For the simulated CRMs on this machine.")
    ] = False,
    hubspot_port: Annotated[int, typer.Option(min=1, max=65535, help="Of the simulated HubSpot.")] = 8801,
    salesforce_port: Annotated[
        int, typer.Option(min=1, max=65535, help="Of the simulated Salesforce.")
    ] = 8802,
    language: Annotated[
        Language, typer.Option(help="Of the labels that people see in the CRMs.")
    ] = Language.EN,
    config: ConfigFile = CONFIG_FILE,  # noqa: ARG001 - taken by every command
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> int:
    """Write a starter config and mapping files into a folder.

    Works offline and refuses to overwrite anything. With --sandbox the config is for the simulated CRMs that
    `smarketing sandbox` serves, and is ready to use.
    """
    output = Output(json)
    ports = (hubspot_port, salesforce_port) if sandbox else None
    written = write_starter(folder, ports, language)
    output.words(f"Written to {folder}:")
    output.table(("file", "what it is"), [(name, _MEANING.get(name, "a mapping file")) for name in written])
    steps = next_steps(folder, sandbox)
    output.heading("Next")
    for number, step in enumerate(steps, start=1):
        output.line(f"  {number}. {step}")
    output.answer({"folder": str(folder.absolute()), "written": written, "next": steps})
    return 0


_MEANING = {
    CONFIG: "addresses, where secrets are, guards, schedule",
    EXAMPLE: "every key of it with its explanation and its default, to look things up in",
    KEY: "this installation's key; keep a copy apart from the state",
    IGNORE: "keeps the state and the key out of git",
}


def write_starter(
    folder: Path, sandbox_ports: tuple[int, int] | None = None, language: Language = Language.EN
) -> list[str]:
    """Writes the starter files and returns their names. ``sandbox_ports``: HubSpot's and Salesforce's, for
    simulated CRMs.

    Raises ConfigError, and then has written nothing, when any of them is there already.
    """
    text = with_values(starter.config_text(), {("mapping", "language"): language})
    if sandbox_ports is not None:
        text = sandbox_config(text, *sandbox_ports)
    texts = {CONFIG: text, EXAMPLE: starter.config_text(), IGNORE: IGNORED}
    texts |= {f"{MAPPINGS}/{name}": body for name, body in sorted(starter.mapping_texts().items())}
    _refuse_existing(folder, [*texts, KEY])
    try:
        (folder / MAPPINGS).mkdir(parents=True, exist_ok=True)
        for name, body in texts.items():
            _write_new(folder / name, body)
    except OSError as error:
        fix = "Choose a folder that you may write to, on a disk with room."
        raise ConfigError(f"cannot write to {folder}: {error.strerror}", fix=fix) from None
    Key.create(folder / KEY)
    return [*texts, KEY]


def _refuse_existing(folder: Path, names: list[str]) -> None:
    there = [name for name in names if os.path.lexists(folder / name)]
    if there:
        fix = "Choose another folder, or move these files away."
        raise ConfigError(f"{folder} already has files that init would write", fix=fix, problems=tuple(there))


def _write_new(path: Path, text: str) -> None:
    with path.open("x", encoding="utf-8") as file:
        file.write(text)


def sandbox_config(text: str, hubspot_port: int, salesforce_port: int) -> str:
    """The example config with the addresses and credentials of simulated CRMs on this machine."""
    values = {
        ("hubspot", "url"): f"http://127.0.0.1:{hubspot_port}",
        ("hubspot", "token"): "sandbox",
        ("salesforce", "url"): f"http://127.0.0.1:{salesforce_port}",
        ("salesforce", "client_id"): "sandbox",
        ("salesforce", "client_secret"): "sandbox",
    }
    return with_values(text, values)


def with_values(text: str, values: Mapping[tuple[str, str], str]) -> str:
    """The text of a config with other values for these sections' keys, each of which has a line."""
    lines = text.splitlines()
    for (section, key), value in values.items():
        number = line_of(text, section, key)
        assert number is not None, f"{section}.{key} is missing from the example config"
        lines[number - 1] = f'{key} = "{value}"'
    return "\n".join(lines) + "\n"


def next_steps(folder: Path, sandbox: bool) -> list[str]:
    """What a person does next, in order."""
    enter = f"cd {folder}"
    steps = ["smarketing doctor", "smarketing install", "smarketing plan", "smarketing sync"]
    if sandbox:
        return [f"{enter}   (with `smarketing sandbox` running in another terminal)", *steps]
    edit = f"edit {folder / CONFIG}: Salesforce's address, and where the credentials are"
    return [enter, edit, "smarketing check", *steps]
