"""Directed stories of deals, as ``stories.py`` has them of people."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from machine_deals import settled
from office import office
from team import COLLEAGUES, PEOPLE, Deal, Team, team_ground

from connector.model import Side

H, S = Side.HUBSPOT, Side.SALESFORCE
UPDATES = "/services/data/*/composite/sobjects"


@dataclass(frozen=True)
class Story:
    """What is told of a team, and the seeded bugs that spoil it."""

    tell: Callable[[Team], None]
    spoiled_by: tuple[str, ...]

    @contextmanager
    def told(self) -> Iterator[Team]:
        """A team that lives the story, to its end."""
        with office(base=team_ground()) as made:
            team = Team(made)
            self.tell(team)
            settled(team)
            yield team


STORIES: dict[str, Story] = {}


def story(*bugs: str) -> Callable[[Callable[[Team], None]], Callable[[Team], None]]:
    def note(tell: Callable[[Team], None]) -> Callable[[Team], None]:
        STORIES[tell.__name__] = Story(tell, bugs)
        return tell

    return note


def linked(team: Team) -> Deal:
    """A deal that both CRMs know."""
    deal = team.enter(S, COLLEAGUES[0], None)
    team.office.sync()
    team.meet()
    return deal


@story("sets_written_whole")
def both_teams_put_somebody_on_a_deal(team: Team) -> None:
    """Marketing and sales each add a person between two syncs: both are on the deal."""
    deal = linked(team)
    team.member(deal, H, PEOPLE[0], there=True)
    team.member(deal, S, PEOPLE[1], there=True)
    team.office.sync()


@story("set_base_too_early")
def one_half_of_a_merge_fails(team: Team) -> None:
    """Both add a person, and Salesforce does not answer when it is to get the one from HubSpot."""
    deal = linked(team)
    team.member(deal, H, PEOPLE[0], there=True)
    team.member(deal, S, PEOPLE[1], there=True)
    team.office.fault("drop", side="salesforce", route=UPDATES, times=None)
    team.office.try_sync()
    team.office.calm()
