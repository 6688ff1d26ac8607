"""The text of a criterion: cut into tokens, checked, and rewritten so that blanks behave.

Enters: CEL text. Leaves: CEL text in which stages are numbers and every comparison with a field that can be
blank asks first whether it is known. Never: evaluation. CEL's own grammar stays the judge of the syntax;
this only reads what it must.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from connector.mapping.words import suggestion

KNOWN = "Known_"
"""Prefix of the variables that say whether a field is filled; shared names begin with a small letter."""

TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<string>r?(?:"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))
    |(?P<number>\d+\.\d*(?:[eE][+-]?\d+)?|\.\d+|\d+)
    |(?P<word>[A-Za-z_]\w*)
    |(?P<sign>&&|\|\||[=!<>]=|[<>!?:,.()\[\]+\-*/%])""",
    re.VERBOSE | re.ASCII,
)
RELATIONS = frozenset({"==", "!=", "<", "<=", ">", ">=", "in"})
OUTSIDE = frozenset({"&&", "||", "?", ":", ","})
FUNCTIONS = {
    "lower": "text",
    "trim": "text",
    "size": "number",
    "date": "moment",
    "timestamp": "moment",
    "duration": "",
}
METHODS = ("contains", "startsWith", "endsWith", "matches", "exists", "all")
MACROS = frozenset({"exists", "all"})
GUARDED = frozenset({"number", "moment", "boolean"})
MAX_BRACKETS = 20
NOT_WORDS = {
    "null": 'there is no null; a blank text is "", any other comparison with a blank is false',
    "and": 'there is no "and"; write &&',
    "or": 'there is no "or"; write ||',
    "not": 'there is no "not"; write !',
}


class CelTextError(ValueError):
    """``column``: place in the text, from 1. ``unknown``: the word that is no field."""

    def __init__(self, message: str, at: int, unknown: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.column = at + 1
        self.unknown = unknown


@dataclass(frozen=True, slots=True)
class Token:
    """``depth``: how many brackets are open around it (a bracket belongs outside itself)."""

    kind: str
    text: str
    at: int
    depth: int


@dataclass(frozen=True, slots=True)
class Relation:
    """A comparison: tokens ``start`` to ``end`` (exclusive) around the sign at ``sign``."""

    start: int
    sign: int
    end: int


def tokens(text: str) -> list[Token]:
    """Raises CelTextError for a character or a bracket that cannot stand there."""
    found: list[Token] = []
    at = depth = 0
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None:
            raise CelTextError(_stray(text, at), at)
        piece, kind = match.group(), match.lastgroup or ""
        depth -= piece in (")", "]")
        if kind != "space":
            found.append(Token(kind, piece, at, depth))
        depth += piece in ("(", "[")
        if depth < 0 or depth > MAX_BRACKETS:
            raise CelTextError("too many brackets" if depth > 0 else f'"{piece}" closes nothing', at)
        at = match.end()
    if depth:
        raise CelTextError("a bracket is opened and not closed", len(text))
    return found


def _stray(text: str, at: int) -> str:
    if text[at] in "\"'":
        return "a quote is opened and never closed"
    if text[at] == "=":
        return 'a single "="; to compare write "=="'
    if text[at] in "&|":
        return f'a single "{text[at]}"; write "{text[at] * 2}"'
    return f'"{text[at]}" cannot stand in a criterion'


@dataclass(frozen=True, slots=True)
class Reading:
    """What a criterion uses. ``fields``: shared names; ``guarded``: those whose blanks are asked for;
    ``text``: for CEL."""

    fields: tuple[str, ...]
    guarded: frozenset[str]
    text: str


def rewrite(text: str, kinds: Mapping[str, str], ranks: Mapping[str, int]) -> Reading:
    """Check every word and make the text that CEL gets.

    ``kinds``: shared name -> text, number, boolean, moment, set or stage. ``ranks``: stage -> place. Raises
    CelTextError.
    """
    line = tokens(text)
    local = _check_macros(line)
    fields = {i: t.text for i, t in enumerate(line) if _is_field(line, i, local, kinds, ranks)}
    relations = list(_relations(line))
    for relation in relations:
        _check_sides(line, relation, kinds)
    pieces = _numbers(line, ranks)
    guarded = _guard(line, pieces, relations, fields, kinds)
    return Reading(
        tuple(dict.fromkeys(fields.values())), guarded, " ".join(piece for piece in pieces if piece)
    )


def _neighbor(line: list[Token], i: int) -> str:
    return line[i].text if 0 <= i < len(line) and line[i].kind != "string" else ""


def _check_macros(line: list[Token]) -> frozenset[str]:
    """Names that ``exists`` and ``all`` bind. Refuses one inside another: their work would multiply."""
    local: set[str] = set()
    open_until = -1
    for i, token in enumerate(line):
        if token.text not in MACROS or _neighbor(line, i - 1) != "." or _neighbor(line, i + 1) != "(":
            continue
        if i < open_until:
            raise CelTextError(f"{token.text}() inside another exists() or all(); write them apart", token.at)
        open_until = next(
            k for k in range(i + 2, len(line)) if line[k].text == ")" and line[k].depth == token.depth
        )
        if _neighbor(line, i + 3) == "," and line[i + 2].kind == "word":
            local.add(line[i + 2].text)
    return frozenset(local)


def _is_field(
    line: list[Token], i: int, local: frozenset[str], kinds: Mapping[str, str], ranks: Mapping[str, int]
) -> bool:
    """Whether the token names a shared field. Refuses every word that is nothing known."""
    token = line[i]
    if token.kind != "word" or token.text in ("true", "false", "in") or token.text in local:
        return False
    if _neighbor(line, i - 1) == ".":
        _check_part(line, i, ranks)
        return False
    if _neighbor(line, i + 1) == "(":
        if token.text not in FUNCTIONS:
            raise CelTextError(
                f"there is no function {token.text}(){suggestion(token.text, FUNCTIONS)}", token.at
            )
        return False
    if token.text == "stages" and _neighbor(line, i + 1) == ".":
        if i + 2 >= len(line) or line[i + 2].kind != "word":
            raise CelTextError('the name of a stage is missing after "stages."', token.at)
        return False
    if token.text in NOT_WORDS:
        raise CelTextError(NOT_WORDS[token.text], token.at)
    if token.text not in kinds:
        message = f'"{token.text}" is no field of this file{suggestion(token.text, kinds)}'
        raise CelTextError(message, token.at, token.text)
    return True


def _check_part(line: list[Token], i: int, ranks: Mapping[str, int]) -> None:
    """The word after a dot: a method, or a stage after ``stages``."""
    token = line[i]
    if _neighbor(line, i - 2) == "stages":
        if token.text not in ranks:
            raise CelTextError(f'"{token.text}" is no stage{suggestion(token.text, ranks)}', token.at)
    elif token.text not in METHODS or _neighbor(line, i + 1) != "(":
        raise CelTextError(f'".{token.text}" does not exist{suggestion(token.text, METHODS)}', token.at)


def _relations(line: list[Token]) -> Iterator[Relation]:
    """Every comparison with the reach of its two sides."""
    for sign, token in enumerate(line):
        if token.text not in RELATIONS or token.kind == "string":
            continue
        start = _reach(line, sign, -1)
        end = _reach(line, sign, +1)
        yield Relation(start + 1, sign, end)


def _reach(line: list[Token], sign: int, way: int) -> int:
    """Index of the first token beyond the operand in that direction."""
    depth, i = line[sign].depth, sign + way
    while 0 <= i < len(line):
        token = line[i]
        if token.depth < depth or (token.depth == depth and token.kind == "sign" and token.text in OUTSIDE):
            return i
        if token.depth == depth and token.kind != "string" and token.text in RELATIONS:
            raise CelTextError("two comparisons in a row; write a < b && b < c", token.at)
        i += way
    return i


def _check_sides(line: list[Token], relation: Relation, kinds: Mapping[str, str]) -> None:
    """Refuses a comparison of two different kinds of values."""
    sign = line[relation.sign]
    if sign.text == "in":
        return
    left = _kind(line[relation.start : relation.sign], kinds)
    right = _kind(line[relation.sign + 1 : relation.end], kinds)
    if not left or not right or left == right:
        return
    hint = "; compare stage with stages.sql and the like" if "stage" in (left, right) else ""
    raise CelTextError(f"compares {WORDS[left]} with {WORDS[right]}{hint}", sign.at)


WORDS = {
    "text": "a text",
    "number": "a number",
    "boolean": "a yes/no field",
    "moment": "a date",
    "set": "a list",
    "stage": "a stage",
}


def _kind(operand: list[Token], kinds: Mapping[str, str]) -> str:
    """What an operand holds, where that is plain to see; else ""."""
    first = operand[0] if operand else None
    if first is None:
        return ""
    if len(operand) == 1:
        simple = {"string": "text", "number": "number"}.get(first.kind)
        return simple or ("boolean" if first.text in ("true", "false") else kinds.get(first.text, ""))
    if first.text == "stages" and len(operand) == 3:
        return "stage"
    whole_call = operand[-1].text == ")" and [t.depth for t in operand].count(first.depth) == 3
    return FUNCTIONS.get(first.text, "") if whole_call else ""


def _numbers(line: list[Token], ranks: Mapping[str, int]) -> list[str]:
    """Token texts with whole numbers as doubles and ``stages.x`` as its place."""
    pieces = [f"{t.text}.0" if t.kind == "number" and t.text.isdecimal() else t.text for t in line]
    for i, token in enumerate(line):
        if token.text == "stages" and token.kind == "word" and _neighbor(line, i + 1) == ".":
            pieces[i : i + 3] = [f"{float(ranks[line[i + 2].text])}", "", ""]
    return pieces


def _guard(
    line: list[Token],
    pieces: list[str],
    relations: list[Relation],
    fields: Mapping[int, str],
    kinds: Mapping[str, str],
) -> frozenset[str]:
    """Put ``known && …`` around each comparison for the fields in it (innermost comparison only). Changes
    ``pieces``."""
    wanted: dict[Relation, list[str]] = {}
    for i, name in fields.items():
        around = [r for r in relations if r.start <= i < r.end]
        if around and kinds[name] in GUARDED:
            inner = max(around, key=lambda r: line[r.sign].depth)
            wanted.setdefault(inner, []).append(name)
    for relation, names in wanted.items():
        known = "".join(f"{KNOWN}{name} && " for name in dict.fromkeys(names))
        pieces[relation.start] = f"({known}" + pieces[relation.start]
        pieces[relation.end - 1] += ")"
    return frozenset(name for names in wanted.values() for name in names)
