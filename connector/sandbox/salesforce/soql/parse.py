"""SOQL text to syntax tree, by a real grammar.

In: a statement. Out: a tree.Query. Raises ApiError MALFORMED_QUERY with the place of the mistake. It knows no
object types: names are resolved in `compile`.
"""

from __future__ import annotations

import re
from pathlib import Path as File
from typing import Any, cast

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from connector.sandbox.salesforce.errors import ApiError
from connector.sandbox.salesforce.soql import tree

LONGEST = 100_000  # characters (Salesforce Developer Limits, "SOQL and SOSL Limits")
_STRING = re.compile(r"'((?:[^'\\]|\\.)*)'")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "'": "'", '"': '"', "\\": "\\"}
_KNOWN_WORDS = {"true": "boolean", "false": "boolean", "null": "null"}


def parse(text: str) -> tree.Query:
    """The tree of one statement."""
    if len(text) > LONGEST:
        raise ApiError(400, "MALFORMED_QUERY", f"SOQL statements cannot be longer than {LONGEST} characters.")
    if not text.strip():
        raise ApiError(400, "MALFORMED_QUERY", "SOQL statements cannot be empty or null")
    try:
        return cast(tree.Query, _PARSER.parse(text))
    except UnexpectedInput as error:
        raise _malformed(text, error) from None


def located(text: str, at: int, code: str, message: str) -> ApiError:
    """An error with the piece of the statement around `at`, a caret, row and column."""
    start = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    line = text[start : end if end >= 0 else len(text)]
    column = at - start
    shown, caret = line[max(0, column - 40) : column + 40], min(column, 40)
    row = text.count("\n", 0, at) + 1
    where = f"\n{shown}\n{' ' * caret}^\nERROR at Row:{row}:Column:{column + 1}\n"
    return ApiError(400, code, where + message)


def unescape(raw: str, keep_wildcards: bool = False) -> str:
    r"""The text of a quoted literal. With `keep_wildcards`, `\%` and `\_` stay escaped, for LIKE."""

    def one(match: re.Match[str]) -> str:
        char = match[1]
        if len(char) == 5:
            return chr(int(char[1:], 16))
        if char in "%_":
            return match[0] if keep_wildcards else char
        if char not in _ESCAPED:
            raise ApiError(
                400,
                "MALFORMED_QUERY",
                f"Invalid string literal '{raw}'. Illegal character sequence '\\{char}' in string literal.",
            )
        return "\\\\" if keep_wildcards and char == "\\" else _ESCAPED[char]

    return _ESCAPE.sub(one, raw)


def _malformed(text: str, error: UnexpectedInput) -> ApiError:
    if isinstance(error, UnexpectedToken):
        token = error.token
        if token.type == "$END":
            return located(text, len(text.rstrip()), "MALFORMED_QUERY", "unexpected token: '<EOF>'")
        return located(text, token.start_pos or 0, "MALFORMED_QUERY", f"unexpected token: '{token}'")
    at = error.pos_in_stream or 0
    if isinstance(error, UnexpectedCharacters) and text[at] == "'":
        return ApiError(
            400, "MALFORMED_QUERY", f"line 1:{len(text)} mismatched character '<EOF>' expecting '''"
        )
    return located(text, at, "MALFORMED_QUERY", f"unexpected token: '{_word(text, at)}'")


def _word(text: str, at: int) -> str:
    match = re.match(r"\w+|\S", text[at:])
    return match[0] if match else ""


def _at(token: Token) -> int:
    return token.start_pos or 0


class _Builder(Transformer[Token, Any]):
    """Grammar rules to tree nodes; one method per rule, called bottom-up."""

    def start(self, parts: list[Any]) -> tree.Query:
        kept = [part for part in parts if not isinstance(part, Token)]
        select, (source, alias), *clauses = kept
        return tree.Query(
            select, source, alias, **{name: value for clause in clauses for name, value in clause.items()}
        )

    subquery = start

    def select(self, items: list[Any]) -> tuple[Any, ...]:
        return tuple(items)

    def field_item(self, parts: list[Token]) -> tree.Path:
        return tree.Path(str(parts[0]), _at(parts[0]))

    def applied(self, parts: list[Token]) -> tree.Call:
        alias = str(parts[2]) if len(parts) > 2 and parts[2] is not None else None
        path = tree.Path(str(parts[1]), _at(parts[1]))
        return tree.Call(parts[0].upper(), path, alias, _at(parts[0]))

    call = applied

    def count_all(self, parts: list[Token]) -> tree.CountAll:
        return tree.CountAll(_at(parts[0]))

    def fields_of(self, parts: list[Token]) -> tree.FieldsOf:
        return tree.FieldsOf(parts[1].upper(), _at(parts[0]))

    def when(self, parts: list[Token]) -> tuple[tree.Path, tuple[tree.Path, ...]]:
        kind, *fields = [tree.Path(str(part), _at(part)) for part in parts if part.type == "PATH"]
        return kind, tuple(fields)

    def otherwise(self, parts: list[Token]) -> list[tree.Path]:
        return [tree.Path(str(part), _at(part)) for part in parts if part.type == "PATH"]

    def typeof(self, parts: list[Any]) -> tree.TypeOf:
        path = tree.Path(str(parts[1]), _at(parts[1]))
        whens = tuple(part for part in parts if isinstance(part, tuple))
        otherwise = next((tuple(part) for part in parts if isinstance(part, list)), None)
        return tree.TypeOf(path, whens, otherwise)

    def child(self, parts: list[Any]) -> tree.Query:
        return cast(tree.Query, parts[0])

    def path_alias(self, parts: list[Token]) -> tuple[tree.Path, str | None]:
        names = [part for part in parts if part is not None and part.type == "PATH"]
        alias = str(names[1]) if len(names) > 1 else None
        return tree.Path(str(names[0]), _at(names[0])), alias

    def operand(self, parts: list[Token]) -> tree.Path:
        return tree.Path(str(parts[0]), _at(parts[0]))

    def where(self, parts: list[Any]) -> dict[str, Any]:
        return {"where": parts[1]}

    def all_of(self, parts: list[Any]) -> tree.Group:
        return tree.Group("AND", tuple(part for part in parts if not isinstance(part, Token)))

    def any_of(self, parts: list[Any]) -> tree.Group:
        return tree.Group("OR", tuple(part for part in parts if not isinstance(part, Token)))

    def negation(self, parts: list[Any]) -> tree.Negation:
        return tree.Negation(parts[1])

    def comparison(self, parts: list[Any]) -> tree.Comparison:
        operator = "!=" if parts[1] == "<>" else parts[1].upper()
        return tree.Comparison(parts[0], operator, parts[2])

    def is_in(self, parts: list[Any]) -> tree.Membership:
        return tree.Membership(parts[0], False, parts[-1])

    def not_in(self, parts: list[Any]) -> tree.Membership:
        return tree.Membership(parts[0], True, parts[-1])

    in_query = is_in
    not_in_query = not_in

    def containment(self, parts: list[Any]) -> tree.Containment:
        return tree.Containment(parts[0], parts[1].upper() == "EXCLUDES", parts[2])

    def strings(self, parts: list[Token]) -> tuple[tree.Constant, ...]:
        at = _at(parts[0])
        return tuple(
            tree.Constant("string", found[1], at + found.start()) for found in _STRING.finditer(parts[0])
        )

    def one(self, parts: list[tree.Constant]) -> tuple[tree.Constant, ...]:
        return (parts[0],)

    def values(self, parts: list[tuple[tree.Constant, ...]]) -> tuple[tree.Constant, ...]:
        return tuple(constant for chunk in parts for constant in chunk)

    def string(self, parts: list[Token]) -> tree.Constant:
        return tree.Constant("string", str(parts[0])[1:-1], _at(parts[0]))

    def datetime(self, parts: list[Token]) -> tree.Constant:
        return tree.Constant("datetime", str(parts[0]), _at(parts[0]))

    def date(self, parts: list[Token]) -> tree.Constant:
        return tree.Constant("date", str(parts[0]), _at(parts[0]))

    def number(self, parts: list[Token]) -> tree.Constant:
        return tree.Constant("number", str(parts[0]), _at(parts[0]))

    def word(self, parts: list[Token]) -> tree.Constant:
        text = str(parts[0])
        count = int(parts[1]) if len(parts) > 1 and parts[1] is not None else None
        kind = cast(tree.LiteralKind, _KNOWN_WORDS.get(text.lower(), "word"))
        return tree.Constant(kind, text, _at(parts[0]), count)

    def group(self, parts: list[Any]) -> dict[str, Any]:
        operands = tuple(part for part in parts if isinstance(part, tree.Path | tree.Call))
        having = next((part for part in parts if isinstance(part, dict)), {})
        return {"group": operands, **having}

    def having(self, parts: list[Any]) -> dict[str, Any]:
        return {"having": parts[1]}

    def order(self, parts: list[Any]) -> dict[str, Any]:
        return {"order": tuple(part for part in parts if isinstance(part, tree.Sort))}

    def sort(self, parts: list[Any]) -> tree.Sort:
        descending = any(isinstance(part, Token) and part.lower() == "desc" for part in parts)
        nulls = next((part for part in parts if isinstance(part, bool)), None)
        return tree.Sort(parts[0], descending, nulls)

    def nulls(self, parts: list[Token]) -> bool:
        return bool(parts[-1].lower() == "last")

    def limit(self, parts: list[Token]) -> dict[str, Any]:
        return {"limit": int(parts[1])}

    def offset(self, parts: list[Token]) -> dict[str, Any]:
        return {"offset": int(parts[1])}


_PARSER = Lark(
    (File(__file__).parent / "soql.lark").read_text(encoding="utf-8"),
    parser="lalr",
    lexer="contextual",
    transformer=_Builder(),
    maybe_placeholders=False,
)
