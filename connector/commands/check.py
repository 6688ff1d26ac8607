"""``smarketing check``: are the config and the mapping files right? ``--live``: do they fit the two CRMs?"""

from typing import Annotated

import typer

from connector.commands.output import Output
from connector.commands.shared import CONFIG_FILE, ConfigFile, Debug, Json
from connector.connect import live_problems, load_mapping, open_crms
from connector.errors import ConfigError
from connector.mapping.load import load, need_folder
from connector.mapping.problem import Problem, errors
from connector.report.words import counted
from connector.settings import Settings
from connector.settings import load as load_settings


def check(
    live: Annotated[
        bool, typer.Option("--live", help="Also compare with both CRMs' fields, picklists and stages.")
    ] = False,
    config: ConfigFile = CONFIG_FILE,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> int:
    """Check the config and the mapping files.

    Prints every problem as file:line:column: message [rule]. Works offline; with --live it also reads what
    fields, picklists and stages both CRMs have.
    """
    output = Output(json)
    settings = load_settings(config)
    need_folder(settings.mapping.folder)
    _, problems = load(settings.mapping.folder, settings.mapping.language)
    if live and not errors(problems):
        problems += _live(settings)
    for problem in problems:
        output.line(str(problem))
    wrong = errors(problems)
    output.words(_verdict(len(wrong), live))
    output.answer({"ok": not wrong, "live": live, "problems": [_json(problem) for problem in problems]})
    return ConfigError.exit_code if wrong else 0


def _live(settings: Settings) -> list[Problem]:
    with open_crms(settings) as crms:
        return live_problems(load_mapping(settings), crms)


def _verdict(count: int, live: bool) -> str:
    if count:
        return f"{counted(count, 'problem')}."
    return "The config and the mapping files are right" + (", and fit both CRMs." if live else ".")


def _json(problem: Problem) -> dict[str, object]:
    return {
        "file": problem.where.file,
        "line": problem.where.line,
        "column": problem.where.column,
        "message": problem.message,
        "rule": problem.rule,
        "severity": problem.severity.value,
    }
