"""Checks of a kind of record: matching, creating, links, shared names."""

from collections.abc import Iterator

from connector.mapping.build import entry_columns, link_name
from connector.mapping.objects import DEAL_PIPELINE, LINKS, RESERVED, STAGE, TYPES
from connector.mapping.parsed import Files, Parsed
from connector.mapping.problem import Problem
from connector.mapping.rules import Clash, First, Rule
from connector.mapping.shape import ObjectFile
from connector.mapping.words import quoted, suggestion
from connector.model import Kind, Side

NEVER = frozenset({"boolean", "multi", "owner"})
NOT_ALONE = frozenset({"number", "money", "date", "datetime"})


def shared_names(files: Files) -> Iterator[Problem]:
    """Each shared name once, and none that is taken."""
    for kind, file in files.objects.items():
        seen: dict[str, int] = {}
        named = [(entry.name, ("fields", i, "name")) for i, entry in enumerate(file.model.fields)]
        named += [(link_name(entry), ("links", i, "name")) for i, entry in enumerate(file.model.links)]
        for name, path in named:
            if name in RESERVED or (kind is Kind.DEAL and name == DEAL_PIPELINE):
                why = (
                    "it comes from pipeline.yaml"
                    if name in (STAGE, DEAL_PIPELINE)
                    else "criteria need this word"
                )
                yield file.problem(path, f'"{name}" cannot be a shared name: {why}', "reserved-name")
            elif name in seen:
                message = (
                    f'"{name}" is already a shared name in line {seen[name]}; give one of them another name'
                )
                yield file.problem(path, message, "duplicate-field")
            seen.setdefault(name, file.where(*path).line)


def match_keys(files: Files) -> Iterator[Problem]:
    """Match keys are mapped on both sides and hold something that identifies."""
    for kind, file in files.objects.items():
        entries = {entry.name: entry for entry in file.model.fields}
        for i, key in enumerate(file.model.match):
            for k, name in enumerate(key):
                entry = entries.get(name)
                if entry is None:
                    message = f'"{name}" is no field of this file{suggestion(name, entries)}'
                elif len(entry_columns(entry, kind)) < 2:
                    message = f'"{name}" exists on one side only; a match key needs both'
                elif entry.convert.chosen in NEVER or (len(key) == 1 and entry.convert.chosen in NOT_ALONE):
                    message = f'"{name}" holds a {entry.convert.chosen}; that identifies nobody'
                else:
                    continue
                yield file.problem(("match", i, k), message, "match-key")


def created_types(files: Files) -> Iterator[Problem]:
    """A record is created as an object that its kind has."""
    for kind, file in files.objects.items():
        for side in Side:
            word = getattr(file.model.create, side.value)
            types = TYPES[kind][side]
            allowed = [*types, "never", *(["always"] if len(types) == 1 else [])]
            if word not in allowed:
                message = f'{side.value} cannot be "{word}"{suggestion(word, allowed)}'
                yield file.problem(("create", side.value), message, "create")


def links(files: Files) -> Iterator[Problem]:
    """Links go where both CRMs have them, once each, by a rule that sets understand."""
    for kind, file in files.objects.items():
        seen: dict[str, int] = {}
        for i, entry in enumerate(file.model.links):
            possible = [to for (of, to) in LINKS if of is kind]
            if (kind, entry.to) not in LINKS:
                hint = f"allowed: {quoted(possible)}" if possible else "companies have no links here"
                yield file.problem(
                    ("links", i, "to"), f"{file.file} cannot link to {entry.to}; {hint}", "link"
                )
            elif entry.to in seen:
                message = f"the link to {entry.to} is already in line {seen[entry.to]}"
                yield file.problem(("links", i, "to"), message, "link")
            seen.setdefault(entry.to, file.where("links", i, "to").line)
            yield from _link_rule(file, i)


def _link_rule(file: Parsed[ObjectFile], i: int) -> Iterator[Problem]:
    entry = file.model.links[i]
    if entry.rule is Rule.STRICTEST:
        yield file.problem(("links", i, "rule"), "`strictest` is for yes/no fields", "link")
    if entry.clash and (entry.rule is not Rule.TWO_WAY or entry.clash in (Clash.NEWEST, Clash.FURTHEST)):
        message = "`clash` of a link is hubspot, salesforce or review, and only with `rule: two_way`"
        yield file.problem(("links", i, "clash"), message, "link")
    if entry.first is First.FURTHEST:
        yield file.problem(("links", i, "first"), "`furthest` is for stages", "link")


CHECKS = (shared_names, match_keys, created_types, links)
