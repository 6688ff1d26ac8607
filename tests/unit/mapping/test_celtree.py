"""A criterion taken apart, so that it can be read aloud and proven."""

import pytest

from connector.mapping.celtree import Compared, Joined, Leaf, Negated, Operand, leaves, tree


def field(name: str) -> Operand:
    return Operand("field", name)


SCORE = Compared(field("score"), ">=", Operand("number", "50"))
EMAIL = Compared(field("email"), "!=", Operand("text", ""))
STAGE = Compared(field("stage"), ">=", Operand("stage", "sql"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("score >= 50", SCORE),
        ("((score >= 50))", SCORE),
        ("score >= 50 && email != ''", Joined("&&", (SCORE, EMAIL))),
        ("(score >= 50) && (email != '')", Joined("&&", (SCORE, EMAIL))),
        (
            'score >= 50 || email != "" && stage >= stages.sql',
            Joined("||", (SCORE, Joined("&&", (EMAIL, STAGE)))),
        ),
        ("!(score >= 50)", Negated(SCORE)),
        ("!opted_out", Negated(Leaf("opted_out"))),
        ('closed >= date("2026-01-01")', Compared(field("closed"), ">=", Operand("text", "2026-01-01"))),
        ("score > -1", Compared(field("score"), ">", Operand("number", "-1"))),
        ("name == 'a && b'", Compared(field("name"), "==", Operand("text", "a && b"))),
        ("interests.exists(i, i == 'x')", Leaf("interests.exists(i, i == 'x')")),
        ("score > 1 ? true : false", Leaf("score > 1 ? true : false")),
        ("score + 1 > 2", Leaf("score + 1 > 2")),
        ("true", Leaf("true")),
    ],
)  # fmt: skip
def test_what_stands_in_a_criterion(text: str, expected: object) -> None:
    assert tree(text) == expected


def test_every_comparison_is_found_however_deep_it_stands() -> None:
    assert leaves(tree("!(score >= 50 || (email != '' && stage >= stages.sql))")) == [SCORE, EMAIL, STAGE]
