"""``smarketing duplicates``: records that one CRM seems to hold twice, for cleaning up."""

from pathlib import Path
from typing import Annotated

import typer

from connector.commands.output import Output
from connector.commands.shared import CONFIG_FILE, ConfigFile, Debug, Json
from connector.connect import look, open_environment
from connector.errors import ConfigError
from connector.lookup import parse_kind
from connector.model import Kind
from connector.report.duplicates import COLUMNS, csv_text, find_duplicates, rows_of
from connector.report.words import counted
from connector.settings import load

WAITS = 1
SHOWN = 50


def duplicates(
    kind: Annotated[str | None, typer.Option(help="Only contact, company or deal.")] = None,
    csv: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write all of them here.")] = None,
    config: ConfigFile = CONFIG_FILE,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> int:
    """List records of one CRM that the mapping's match keys cannot tell apart, such as two leads with one
    address.

    Reads both CRMs in full and writes nothing to them. Shows ids and field names, nobody's values. Exit code
    1 when there are any.
    """
    output = Output(json)
    kinds = (parse_kind(kind),) if kind else tuple(Kind)
    with open_environment(load(config)) as env:
        groups = find_duplicates(env, look(env).ctx, kinds)
    rows = list(rows_of(groups))
    if csv is not None:
        _save(csv, csv_text(rows))
    if rows:
        output.table(COLUMNS, [tuple(row.values()) for row in rows[:SHOWN]])
        more = f"; shown: {SHOWN}" if len(rows) > SHOWN else ""
        output.words(f"{counted(len(groups), 'group')} of {counted(len(rows), 'record')}{more}.")
        output.words("Merge them in their CRM; the next sync follows. All of them as a table: --csv FILE")
    else:
        output.words("No record looks like another one of its CRM.")
    output.answer({"groups": len(groups), "records": rows})
    return WAITS if rows else 0


def _save(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise ConfigError(f"cannot write {file}: {error.strerror}", fix="Name another file.") from None
