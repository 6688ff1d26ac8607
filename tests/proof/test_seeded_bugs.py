"""The proof has teeth: each story holds, and fails as soon as the product has the bug that it is about."""

import pytest
from bugs import BUGS
from stories import STORIES
from stories_of_deals import STORIES as OF_DEALS

from connector.errors import SmarketingError

EVERY = {**STORIES, **OF_DEALS}
SPOILED = [(name, bug) for name, story in EVERY.items() for bug in story.spoiled_by]


def test_each_seeded_bug_has_a_story() -> None:
    assert sorted(bug for _, bug in SPOILED) == sorted(BUGS)
    assert len(BUGS) >= 14


@pytest.mark.parametrize("name", EVERY)
def test_the_story_holds(name: str) -> None:
    with EVERY[name].told():
        pass


@pytest.mark.parametrize(("name", "bug"), SPOILED)
def test_the_story_fails_with_the_bug(name: str, bug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    BUGS[bug].switch_in(monkeypatch)
    with pytest.raises((AssertionError, SmarketingError)), EVERY[name].told():
        pass
