"""Checks of single fields: columns, rules and the words that go with them, value maps, fallbacks."""

from collections.abc import Iterator

from connector.mapping.build import entry_columns
from connector.mapping.converters import make
from connector.mapping.nodes import Path
from connector.mapping.objects import TYPES, link_column, partner_columns
from connector.mapping.parsed import Files, Parsed
from connector.mapping.problem import Problem
from connector.mapping.rules import Blank, Clash, First, Rule, Unmapped
from connector.mapping.shape import EVERY_TYPE, FieldEntry, ObjectFile
from connector.mapping.stages import stage_columns
from connector.mapping.words import suggestion
from connector.model import Kind, Side

File = Parsed[ObjectFile]


def _each(files: Files) -> Iterator[tuple[Kind, File, int, FieldEntry]]:
    for kind, file in files.objects.items():
        for i, entry in enumerate(file.model.fields):
            yield kind, file, i, entry


def columns(files: Files) -> Iterator[Problem]:
    """Columns belong to objects of this kind; a field has at least one."""
    for kind, file, i, entry in _each(files):
        if not entry.hubspot and not entry.salesforce:
            message = f'"{entry.name}" names no CRM field; add hubspot: or salesforce: or both'
            yield file.problem(("fields", i), message, "no-column")
        for side in Side:
            types = TYPES[kind][side]
            for type in getattr(entry, side.value) or {}:
                if type not in (*types, EVERY_TYPE):
                    message = f'"{type}" is no object of {file.file} in {side.value}{suggestion(type, types)}'
                    where = file.where("fields", i, side.value, type, key=True)
                    yield Problem(where, message, "unknown-object")


def rules(files: Files) -> Iterator[Problem]:
    """Two columns need a rule, one has none; the words beside the rule fit it."""
    for kind, file, i, entry in _each(files):
        both = len(entry_columns(entry, kind)) == 2
        if both and entry.rule is None:
            message = f'"{entry.name}" needs a rule, such as two_way or salesforce_owns'
            yield file.problem(("fields", i), message, "missing-rule")
        if not both and (entry.rule or entry.write):
            message = f'"{entry.name}" exists on one side only and is never written; leave rule and write out'
            yield file.problem(("fields", i, "rule"), message, "one-sided")
        if both and entry.rule:
            for key, message in _misfits(entry, entry.rule):
                yield file.problem(("fields", i, key), message, "rule-words")


def _misfits(entry: FieldEntry, rule: Rule) -> Iterator[tuple[str, str]]:
    if entry.clash and rule is not Rule.TWO_WAY:
        yield "clash", f"`clash` goes with two_way only; {rule} already says who wins"
    if Clash.FURTHEST in (entry.clash, entry.first) or entry.first is First.FURTHEST:
        yield "clash" if entry.clash else "first", "`furthest` is for stages; they stand in pipeline.yaml"
    if entry.first and rule not in (Rule.TWO_WAY, Rule.PREFER_HUBSPOT, Rule.PREFER_SALESFORCE):
        yield "first", f"`first` goes with two_way and the prefer rules; {rule} already says who wins"
    if rule is Rule.STRICTEST and entry.convert.chosen != "boolean":
        yield "rule", "`strictest` needs `convert: boolean`: true is stricter than false"
    if entry.write and not rule.writes(Side(entry.write)):
        yield "write", f"{rule} never writes {entry.write}; leave `write` out or change the rule"
    if entry.blank is Blank.CLEAR and rule in (Rule.FILL_HUBSPOT, Rule.FILL_SALESFORCE, Rule.STRICTEST):
        yield "blank", f"{rule} never clears a value; leave `blank` out"
    if entry.blank is Blank.CLEAR and entry.convert.chosen == "owner":
        yield "blank", "a record without an owner is nobody's to work; leave `blank` out"


def lossy(files: Files) -> Iterator[Problem]:
    """What loses something on the way goes one way, unless the file says that it is meant."""
    for kind, file, i, entry in _each(files):
        if make(entry.convert).lossy and len(_written(entry, kind)) == 2 and entry.lossy != "ok":
            message = (
                f'"{entry.name}" loses the time of day on its way, and {entry.rule} writes both sides; '
                "let one side own it, or add `lossy: ok` if that is meant"
            )
            yield file.problem(("fields", i, "rule"), message, "lossy")


def defaults(files: Files) -> Iterator[Problem]:
    """``unmapped: default`` and ``default:`` come together, for one side."""
    for _, file, i, entry in _each(files):
        if entry.unmapped is Unmapped.DEFAULT and entry.default is None:
            message = "`unmapped: default` needs the value, such as `default: {salesforce: Other}`"
            yield file.problem(("fields", i, "unmapped"), message, "default")
        if entry.default and entry.default.hubspot and entry.default.salesforce:
            message = "`default` names one side; in both directions nobody could tell the defaults apart"
            yield file.problem(("fields", i, "default"), message, "default")
        if entry.default is not None and entry.unmapped is not Unmapped.DEFAULT:
            message = f"`default` has no effect with `unmapped: {entry.unmapped}`; write `unmapped: default`"
            yield file.problem(("fields", i, "default"), message, "default")


def fallbacks(files: Files) -> Iterator[Problem]:
    """A fallback is another field of the file."""
    for _, file, i, entry in _each(files):
        names = [other.name for other in file.model.fields if other.name != entry.name]
        for k, name in enumerate(entry.fallback):
            if name not in names:
                message = f'"{name}" is no other field of this file{suggestion(name, names)}'
                yield file.problem(("fields", i, "fallback", k), message, "fallback")


def value_maps(files: Files) -> Iterator[Problem]:
    """A HubSpot value may stand under several Salesforce values only where it is the only one there;
    else values that nobody called equal would become one."""
    for _, file, i, entry in _each(files):
        values = entry.convert.value_map or {}
        path: Path = ("fields", i, "convert", *_value_path(entry))
        seen: dict[str, str] = {}
        for salesforce, listed in values.items():
            for k, hubspot in enumerate(listed):
                first = seen.setdefault(hubspot, salesforce)
                repeated = first == salesforce and hubspot in listed[:k]
                if repeated or (first != salesforce and len(listed) + len(values[first]) > 2):
                    message = f'"{hubspot}" already stands under "{first}"; a value is read as one only'
                    yield file.problem((*path, salesforce, k), message, "value-map")


def _value_path(entry: FieldEntry) -> tuple[str, ...]:
    return ("values",) if entry.convert.values else (entry.convert.chosen, "values")


def one_writer(files: Files) -> Iterator[Problem]:
    """No CRM field is written by two rules, nor by a rule and the connector itself."""
    taken = {kind: _taken(files, kind) for kind in files.objects}
    for kind, file, i, entry in _each(files):
        me = f'"{entry.name}" (line {file.where("fields", i).line})'
        for side in _written(entry, kind):
            for type, column in entry_columns(entry, kind)[side].items():
                owner = taken[kind].setdefault((side, type, column), me)
                if owner != me:
                    message = f"{column} of {type} is already written by {owner}; a field has one writer"
                    yield file.problem(("fields", i, side.value), message, "two-writers")


def _written(entry: FieldEntry, kind: Kind) -> list[Side]:
    """The sides on which the field may be written."""
    rule = entry.rule
    if rule is None or len(entry_columns(entry, kind)) < 2:
        return []
    return [side for side in Side if rule.writes(side) and entry.write in (None, side.value)]


def _taken(files: Files, kind: Kind) -> dict[tuple[Side, str, str], str]:
    """Columns that the connector writes by itself."""
    if files.pipeline is None:
        return {}
    model, taken = files.pipeline.model, {}
    for side in Side:
        for type in TYPES[kind][side]:
            for column in (link_column(model.prefix, side), *partner_columns(kind, model.prefix, side)):
                taken[side, type, column] = "the connector itself"
    if kind is Kind.CONTACT:
        for side in Side:
            for stage in model.stages:
                for type, by_column in stage_columns(stage, side).items():
                    taken |= {(side, type, column): "the stage (pipeline.yaml)" for column in by_column}
    if kind is Kind.DEAL:
        taken |= {
            (Side.HUBSPOT, "deals", column): "the deal stage (pipeline.yaml)"
            for column in ("dealstage", "pipeline")
        }
        taken[Side.SALESFORCE, "Opportunity", "StageName"] = "the deal stage (pipeline.yaml)"
    return taken


CHECKS = (columns, rules, lossy, defaults, fallbacks, value_maps, one_writer)
