"""Each reason of a change can be told."""

from connector.commands.explain import WORDS
from connector.model import Why


def test_explain_has_words_for_every_reason() -> None:
    assert set(WORDS) == set(Why)
