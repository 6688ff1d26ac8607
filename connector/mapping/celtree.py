"""A criterion as a tree: what is joined by and, or and not, and which comparisons stand at the leaves.

Enters: the text of a criterion that compiles. Leaves: ``Tree``. Never: evaluation. What is more than that
(arithmetic, ``exists``, a condition with ``?``) is a leaf of its own, kept as it is written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from connector.mapping.celtext import RELATIONS, Token, tokens


@dataclass(frozen=True, slots=True)
class Joined:
    """``sign``: ``&&`` or ``||``."""

    sign: str
    parts: tuple["Tree", ...]


@dataclass(frozen=True, slots=True)
class Negated:
    part: "Tree"


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison of two simple operands; ``sign`` as in CEL."""

    left: "Operand"
    sign: str
    right: "Operand"


@dataclass(frozen=True, slots=True)
class Leaf:
    """A field that is a yes or no by itself, or anything that is not taken apart."""

    text: str


@dataclass(frozen=True, slots=True)
class Operand:
    """``kind``: field, stage (after ``stages.``), text, number, yes_no, or other; ``text``: the name or the
    value, a text without its quotes."""

    kind: str
    text: str


Tree: TypeAlias = Joined | Negated | Compared | Leaf


def tree(text: str) -> Tree:
    """Takes a criterion apart. Raises CelTextError for a text that is none."""
    return _tree(tokens(text))


def _tree(line: Sequence[Token]) -> Tree:
    line = _bare(line)
    depth = min((t.depth for t in line), default=0)
    signs = {t.text for t in line if t.depth == depth and t.kind == "sign"}
    if "?" in signs:
        return Leaf(_text(line))
    for sign in ("||", "&&"):
        if sign in signs:
            return Joined(sign, tuple(_tree(part) for part in _split(line, sign, depth)))
    if line and line[0].text == "!" and line[0].kind == "sign":
        return Negated(_tree(line[1:]))
    places = [
        i for i, t in enumerate(line) if t.depth == depth and t.kind != "string" and t.text in RELATIONS
    ]
    if len(places) == 1:
        at = places[0]
        left, right = _operand(line[:at]), _operand(line[at + 1 :])
        if "other" not in (left.kind, right.kind):
            return Compared(left, line[at].text, right)
    return Leaf(_text(line))


def _bare(line: Sequence[Token]) -> Sequence[Token]:
    """Without brackets around the whole."""
    while len(line) > 2 and line[0].text == "(" and line[-1].text == ")":
        inner = line[1:-1]
        if any(t.depth <= line[0].depth for t in inner):
            break
        line = inner
    return line


def _split(line: Sequence[Token], sign: str, depth: int) -> list[Sequence[Token]]:
    parts: list[list[Token]] = [[]]
    for token in line:
        if token.text == sign and token.kind == "sign" and token.depth == depth:
            parts.append([])
        else:
            parts[-1].append(token)
    return list(parts)


def _operand(line: Sequence[Token]) -> Operand:
    line = _bare(line)
    texts = [token.text for token in line]
    if len(line) == 3 and texts[0] == "stages":
        return Operand("stage", texts[2])
    if len(line) == 2 and texts[0] == "-" and line[1].kind == "number":
        return Operand("number", "-" + texts[1])
    if len(line) == 4 and texts[0] == "date" and line[2].kind == "string":
        return Operand("text", _unquoted(texts[2]))
    if len(line) != 1:
        return Operand("other", _text(line))
    (token,) = line
    if token.kind == "string":
        return Operand("text", _unquoted(token.text))
    if token.kind == "number":
        return Operand("number", token.text)
    return Operand("yes_no" if token.text in ("true", "false") else "field", token.text)


def _unquoted(text: str) -> str:
    body = text.removeprefix("r")[1:-1]
    return (
        body if text.startswith("r") else body.replace('\\"', '"').replace("\\'", "'").replace("\\\\", "\\")
    )


def _text(line: Sequence[Token]) -> str:
    """As it was written, blanks evened out."""
    pieces: list[str] = []
    last: Token | None = None
    for token in line:
        if last is not None and token.at > last.at + len(last.text):
            pieces.append(" ")
        pieces.append(token.text)
        last = token
    return "".join(pieces)


def leaves(node: Tree) -> list[Compared]:
    """All comparisons in a tree."""
    if isinstance(node, Joined):
        return [each for part in node.parts for each in leaves(part)]
    if isinstance(node, Negated):
        return leaves(node.part)
    return [node] if isinstance(node, Compared) else []
