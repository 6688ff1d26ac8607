"""Checks of the shared pipeline: one order, one meaning per value, real moves."""

from collections.abc import Iterator

from connector.mapping.nodes import Path
from connector.mapping.objects import TYPES
from connector.mapping.parsed import Files, Parsed
from connector.mapping.problem import Problem
from connector.mapping.shape import PipelineFile
from connector.mapping.stages import stage_columns
from connector.mapping.words import quoted, suggestion
from connector.model import Kind, Side

PERSON_TYPES = TYPES[Kind.CONTACT]


def _keys(file: Parsed[PipelineFile]) -> list[str]:
    return [stage.key for stage in file.model.stages]


def unique_keys(files: Files) -> Iterator[Problem]:
    """A stage key names one stage."""
    if (file := files.pipeline) is None:
        return
    for path, keys in (("stages", _keys(file)), ("deals", [deal.key for deal in file.model.deals])):
        for i, key in enumerate(keys):
            if key in keys[:i]:
                first = file.where(path, keys.index(key), "key").line
                yield file.problem(
                    (path, i, "key"), f'"{key}" is already a key in line {first}', "duplicate-stage"
                )


def handover(files: Files) -> Iterator[Problem]:
    """The hand-over is one of the stages."""
    file = files.pipeline
    if file and file.model.handover not in _keys(file):
        found = file.model.handover
        yield file.problem(
            ("handover",), f'"{found}" is no stage{suggestion(found, _keys(file))}', "unknown-stage"
        )


def moves(files: Files) -> Iterator[Problem]:
    """Moves back name real stages and really go back."""
    if (file := files.pipeline) is None:
        return
    keys = _keys(file)
    for i, move in enumerate(file.model.moves.backward):
        path = ("moves", "backward", i)
        if move.start not in keys:
            yield file.problem(
                (*path, "from"), f'"{move.start}" is no stage{suggestion(move.start, keys)}', "unknown-stage"
            )
        for k, to in enumerate(move.to):
            if to not in keys:
                yield file.problem(
                    (*path, "to", k), f'"{to}" is no stage{suggestion(to, keys)}', "unknown-stage"
                )
            elif move.start in keys and keys.index(to) >= keys.index(move.start):
                message = f'"{to}" does not come before "{move.start}"; only moves back are listed here'
                yield file.problem((*path, "to", k), message, "backward-move")
        if move.grace and move.needs == "nothing":
            message = "a grace has a meaning only with `needs: reason`"
            yield file.problem((*path, "grace"), message, "backward-move")


def reasons(files: Files) -> Iterator[Problem]:
    """A move that needs a reason names the fields that state it, and those are fields of people that both
    CRMs have."""
    people = files.objects.get(Kind.CONTACT)
    if (file := files.pipeline) is None or people is None:
        return
    known = {entry.name: entry for entry in people.model.fields}
    moves = file.model.moves
    for i, name in enumerate(moves.reason):
        path = ("moves", "reason", i)
        if name not in known:
            yield file.problem(
                path, f'"{name}" is no field of people{suggestion(name, known)}', "unknown-field"
            )
    for i, move in enumerate(moves.backward):
        if move.needs == "reason" and not moves.reason:
            message = "nobody can state a reason: name the fields that hold it, `reason: verdict_reason`"
            yield file.problem(("moves", "backward", i, "needs"), message, "backward-move")


def places(files: Files) -> Iterator[Problem]:
    """Stages stand in fields of people: objects that exist, for every object, and the same field for every
    stage."""
    if (file := files.pipeline) is None:
        return
    first: dict[tuple[Side, str], tuple[str, int]] = {}
    for i, stage in enumerate(file.model.stages):
        for side in Side:
            by_type = stage_columns(stage, side)
            path = ("stages", i, side.value)
            for type in sorted(by_type.keys() - set(PERSON_TYPES[side])):
                hint = suggestion(type, PERSON_TYPES[side])
                yield file.problem(
                    path, f'"{type}" is no object of people in {_name(side)}{hint}', "unknown-object"
                )
            for type in PERSON_TYPES[side]:
                columns = list(by_type.get(type, {}))
                if len(columns) != 1:
                    yield file.problem(path, _one_field(stage.key, type, side, columns), "stage-map")
                    continue
                known, line = first.setdefault((side, type), (columns[0], file.where(*path).line))
                if known != columns[0]:
                    message = (
                        f"{type} keeps the stage in {known} (line {line}), not in {columns[0]}; use one field"
                    )
                    yield file.problem(path, message, "stage-map")


def _name(side: Side) -> str:
    return "HubSpot" if side is Side.HUBSPOT else "Salesforce"


def _one_field(key: str, type: str, side: Side, columns: list[str]) -> str:
    if columns:
        return f'"{key}" names several fields of {type}: {quoted(columns)}; keep one'
    wanted = "lifecyclestage: …" if side is Side.HUBSPOT else f"{type}.SMK_Stage__c: {key}"
    return f'"{key}" has no value in {_name(side)} {type}; add {wanted}'


def values(files: Files) -> Iterator[Problem]:
    """A value means one stage, or is held, never both."""
    if (file := files.pipeline) is None:
        return
    seen: dict[tuple[Side, str, str], tuple[str, int]] = {}
    for side, type, key, value, path in _each_value(file):
        if value in getattr(file.model.hold, side.value):
            message = f'"{value}" stands under `hold` too; a held value means no stage'
            yield file.problem(path, message, "stage-map")
        first, line = seen.setdefault((side, type, value), (key, file.where(*path).line))
        if first != key:
            message = f'"{value}" already means the stage "{first}" (line {line}); a value means one stage'
            yield file.problem(path, message, "stage-map")


def _each_value(file: Parsed[PipelineFile]) -> Iterator[tuple[Side, str, str, str, Path]]:
    """Side, object type, stage key, value, and where it stands."""
    for i, stage in enumerate(file.model.stages):
        for side in Side:
            for written, listed in getattr(stage, side.value).items():
                type, dot, _ = written.partition(".")
                for k, value in enumerate(listed):
                    for each in (type,) if dot else PERSON_TYPES[side]:
                        yield side, each, stage.key, value, ("stages", i, side.value, written, k)


CHECKS = (unique_keys, handover, moves, reasons, places, values)
