"""People who follow their deals, in a run: what is known of their deals, and who must be looked at once more.

Enters: what a run has open, the parts in deals that it has just seen. Leaves: a source of facts, and links of
people. Never: a decision about a stage.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from connector.environment import Environment
from connector.mapping.objects import ACCOUNT_COLUMN
from connector.model import DealPart, Kind, Link, LinkState, Side, Via
from connector.sync.deals import DealFacts, news

UNHURRIED = ("", "held", "guard", "waiting", "look again")
"""Pending marks of people whom a deal of theirs brings up: the next look decides anew what they wait for."""


def deal_facts(env: Environment) -> tuple[DealFacts, ...]:
    """What decisions about people need to know of their deals, where the pipeline lets them follow."""
    policy, store = env.rules.pipeline.from_deals, env.store
    if policy is None:
        return ()
    companies = env.rules.objects[Kind.COMPANY].types if Via.ACCOUNT in policy.through else {}
    types = {side: names[0] for side, names in companies.items()}
    return (DealFacts(store.parts_of, store.links_by_ref, types),)


def followers(env: Environment, parts: Mapping[str, tuple[DealPart, ...]]) -> list[Link]:
    """People whose part in one of these deals is new, or not as it was. Asks Salesforce for the people of a
    company only where its deals count for all of them."""
    if not parts:
        return []
    known = env.store.parts_in(parts)
    fresh = {id for deal, mine in parts.items() for id in news(mine, known.get(deal, ()))}
    links = list(env.store.links_by_id(fresh).values())
    companies = [link for link in links if link.kind is Kind.COMPANY]
    return [*_people_of(env, companies), *(link for link in links if link.kind is Kind.CONTACT)]


def _people_of(env: Environment, companies: Sequence[Link]) -> Iterable[Link]:
    policy = env.rules.pipeline.from_deals
    accounts = [ref.id for link in companies if (ref := link.ref(Side.SALESFORCE)) is not None]
    if policy is None or Via.ACCOUNT not in policy.through or not accounts:
        return []
    column = env.rules.objects[Kind.CONTACT].link_column[Side.SALESFORCE]
    found = env.crms[Side.SALESFORCE].find("Contact", ACCOUNT_COLUMN, accounts, (column,))
    return env.store.links_by_ref([record.ref for record in found]).values()


def looked_at_again(people: Iterable[Link]) -> list[Link]:
    """The same, marked so that the next run looks at them if this one does not come to it."""
    return [
        replace(link, pending="look again", retry_at=None)
        for link in people
        if link.state is LinkState.LINKED and link.pending in UNHURRIED
    ]
