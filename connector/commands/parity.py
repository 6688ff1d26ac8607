"""``smarketing parity``: both CRMs read afresh and compared, and what explains each difference."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from connector.commands.output import Output
from connector.commands.shared import CONFIG_FILE, ConfigFile, Debug, Json
from connector.connect import look, open_environment
from connector.environment import Environment
from connector.lookup import parse_kind
from connector.model import Side
from connector.report.csvfile import new_csv
from connector.report.parity import Difference, Parity, compare
from connector.report.words import LABELS
from connector.settings import load

DIFFERS = 1
SHOWN = 20
"""Differences that are shown to a person; the others are in the CSV."""
LISTED = 10_000
"""Differences in the JSON object."""
COLUMNS = ("kind", "field", "hubspot", "salesforce", "what", "reason")
RECORD = "(record)"


def parity(
    kind: Annotated[
        str | None, typer.Argument(metavar="[KIND]", help="Only contact, company or deal.")
    ] = None,
    values: Annotated[bool, typer.Option("--values", help="Show the values that differ, too.")] = False,
    explained: Annotated[
        bool, typer.Option("--explained", help="List what has a reason, too, not only count it.")
    ] = False,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write every difference to a new CSV file.")
    ] = None,
    config: ConfigFile = CONFIG_FILE,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> int:
    """Read both CRMs afresh and in full, and name every record and field that differs, and why.

    Writes to neither. What the connector remembers is asked only for reasons. Exit code 1 when something
    differs without a reason.
    """
    output = Output(json)
    only = parse_kind(kind) if kind else None
    listed: list[Difference] = []
    with open_environment(load(config)) as env, output.progress() as progress:
        ctx = look(env).ctx
        with _sheet(csv, values=values) as write:

            def watch(found: Difference) -> None:
                write(found)
                if (explained or not found.reason) and len(listed) < LISTED:
                    listed.append(found)

            found = compare(env, ctx, only=only, watch=watch, progress=progress)
        requests = _requests(env)
    _show(output, found, listed, values=values)
    spent = ", ".join(f"{LABELS[Side(side)]} {count:,}" for side, count in requests.items())
    output.words(f"Requests: {spent}.")
    if csv is not None:
        output.line(f"All of them: {csv}")
    output.answer(as_json(found, listed, requests, values=values))
    return DIFFERS if found.differences else 0


def _requests(env: Environment) -> dict[str, int]:
    return {side.value: crm.usage.total for side, crm in env.crms.items()}


# ---------------------------------------------------------------- for people


def _show(output: Output, found: Parity, listed: list[Difference], *, values: bool) -> None:
    rows: list[tuple[str, object, object, object]] = []
    for kind, pairs in found.pairs.items():
        rows.append((f"{kind}: {pairs:,} pairs", "", "", ""))
        fields = {name: counts for (of, name), counts in found.fields.items() if of is kind}
        rows += [("", name or RECORD, bare, known) for name, (bare, known) in sorted(fields.items())]
    output.table(("", "field", "without a reason", "with one"), rows)
    if found.explained:
        output.heading("Reasons")
        output.table(("reason", "count"), sorted(found.explained.items()))
    if listed:
        output.heading("What differs")
        for each in listed[:SHOWN]:
            _line(output, each, values=values)
        total = found.differences + sum(found.explained.values())
        if len(listed) > SHOWN:
            output.line(f"  {SHOWN} of {total:,} are shown; all: smarketing parity --csv FILE")
        output.line("More about one: smarketing explain KIND ID FIELD")
    output.words(_verdict(found), style="bold")


def _line(output: Output, each: Difference, *, values: bool) -> None:
    refs = ", ".join(str(ref) for ref in each.refs)
    why = f"{each.why} [{each.reason}]" if each.reason else each.why
    output.line(f"  {each.kind} {each.field or RECORD}: {why} ({refs})")
    if values:
        for side, value in each.values.items():
            output.line(f"      {LABELS[side]}: {value}")


def _verdict(found: Parity) -> str:
    if found.differences:
        return f"Without a reason: {found.differences:,}."
    return f"Aligned: {found.linked:,} pairs, and nothing differs without a reason."


# ---------------------------------------------------------------- for machines


def as_json(
    found: Parity, listed: list[Difference], requests: Mapping[str, int], *, values: bool
) -> dict[str, Any]:
    """The answer as plain data."""
    fields = [
        {"kind": kind.value, "field": name or None, "unexplained": bare, "explained": known}
        for (kind, name), (bare, known) in found.fields.items()
    ]
    return {
        "linked": found.linked,
        "unlinked": found.unlinked,
        "differences": found.differences,
        "explained": dict(found.explained),
        "pairs": {kind.value: count for kind, count in found.pairs.items()},
        "fields": fields,
        "items": [_item(each, values=values) for each in listed],
        "requests": dict(requests),
    }


def _item(each: Difference, *, values: bool) -> dict[str, Any]:
    found = {
        "kind": each.kind.value,
        "field": each.field or None,
        "records": [str(ref) for ref in each.refs],
        "why": each.why,
        "reason": each.reason or None,
    }
    told = {side.value: value for side, value in each.values.items()}
    return found | {"values": told} if values else found


@contextmanager
def _sheet(path: Path | None, *, values: bool) -> Iterator[Callable[[Difference], None]]:
    """Takes differences and writes them to the file, if one is wanted."""
    if path is None:
        yield lambda _: None
        return
    extra = tuple(f"{side} value" for side in Side) if values else ()
    with new_csv(path, (*COLUMNS, *extra)) as sheet:

        def write(each: Difference) -> None:
            ids = [" ".join(str(ref) for ref in each.refs if ref.side is side) for side in Side]
            told = [each.values.get(side, "") for side in Side] if values else []
            sheet.write([each.kind.value, each.field, *ids, each.why, each.reason, *told])

        yield write
