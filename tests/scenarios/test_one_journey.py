"""One person, one pipeline: from the first form to customer, with a no of sales on the way.

After each step both CRMs show the right stage, there is one person in each, the next sync has nothing to
write, and the history tells every stage once.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from setting import Firm, firm

from connector.model import Side
from connector.report.journey import as_json, passages
from connector.sandbox.hubspot.submissions import Submission
from connector.state.store import open_store

ADDRESS = "noor@visser.nl"
IN_HUBSPOT = {
    "lead": "lead",
    "mql": "marketingqualifiedlead",
    "sql": "salesqualifiedlead",
    "opportunity": "opportunity",
    "customer": "customer",
}
PIPELINE = (
    ("  - key: mql\n", "  - key: mql\n    enter_when: score >= 50\n"),
    ("  - key: sql\n", "  - key: sql\n    enter_when: score >= 80\n"),
    ("  forward: any\n", "  forward: any\n  reason: verdict_reason\n"),
    ("{from: sql, to: [mql, lead]}", "{from: sql, to: [mql, lead], needs: reason, grace: 30m}"),
)
REASONS = "{values: {No budget: no_budget, No interest: no_interest}}"
REASON = (
    "  - {name: verdict_reason, hubspot: smk_verdict_reason, salesforce: SMK_Verdict_Reason__c, "
    f"rule: two_way, convert: {REASONS}, label: {{en: Reason}}, "
    "help: {en: Why sales sent this person back.}}\n"
)


@dataclass
class Journey:
    """One person on the way, and words for what happens to them."""

    acme: Firm
    work: Callable[[Firm], object] = Firm.settle
    contact: str = ""
    been: list[str] = field(default_factory=list)

    def form(self, name: str) -> None:
        values = {"firstname": "Noor", "lastname": "Visser", "company": "Visser"}
        self.contact, _ = self.acme.world.hubspot.form_submit(Submission(name, ADDRESS, values))
        self.acme.pass_time(1)

    def score(self, points: int) -> None:
        score = {"hs_predictivecontactscore_v2": str(points)}
        self.acme.world.hubspot.system_edit("contacts", self.contact, score)
        self.acme.pass_time(1)

    def in_sales(self, **values: object) -> None:
        ref = self.acme.partner(self.contact)
        self.acme.in_salesforce(ref.id, ref.type, **values)
        self.acme.pass_time(1)

    def stands_at(self, stage: str) -> None:
        """Both CRMs are right, there is one person in each, and nothing is left to do."""
        self.work(self.acme)
        assert self.acme.hubspot(self.contact)["lifecyclestage"] == IN_HUBSPOT[stage]
        assert [c["id"] for c in self.acme.world.hubspot.all("contacts")] == [self.contact]
        people = [*self.acme.live("Contact"), *(p for p in self.acme.live("Lead") if not p["IsConverted"])]
        assert [p["SMK_Stage__c"] for p in people] == ([stage] if stage in HANDED_OVER or people else [])
        if self.been[-1:] != [stage]:
            self.been.append(stage)
        assert self.went == self.been, "one history, each stage once"
        assert self.acme.sync().writes == 0

    @property
    def went(self) -> list[str]:
        """The stages of the person's history, oldest first."""
        link = self.acme.link(Side.HUBSPOT, "contacts", self.contact)
        assert link is not None
        return [move.end for move in self.acme.store.stage_moves([link.id]).get(link.id, [])]

    @property
    def reason(self) -> str:
        """Why the person was last moved, as `explain` shows it."""
        link = self.acme.link(Side.HUBSPOT, "contacts", self.contact)
        assert link is not None
        return str(as_json(passages(self.acme.store.stage_moves([link.id])[link.id], {}))[-1]["reason"])

    @property
    def episode(self) -> int:
        link = self.acme.link(Side.HUBSPOT, "contacts", self.contact)
        assert link is not None
        return self.acme.store.stages_of([link.id])[link.id].episode


HANDED_OVER = ("sql", "opportunity", "customer")


@pytest.fixture
def journey(tmp_path: Path) -> Iterator[Journey]:
    with firm(tmp_path) as acme:
        acme.mappings = acme.edited_mappings(
            tmp_path / "m", "contacts.yaml", "fields:\n", f"fields:\n{REASON}"
        )
        file = acme.mappings / "pipeline.yaml"
        for old, new in PIPELINE:
            text = file.read_text()
            assert old in text, old
            file.write_text(text.replace(old, new, 1))
        acme.install()
        acme.world.hubspot.user_create("companies", {"name": "Visser", "domain": "visser.nl"})
        yield Journey(acme)


def go_all_the_way(journey: Journey) -> None:
    """The whole way, with a no of sales in the middle."""
    acme = journey.acme
    journey.form("Newsletter")
    journey.stands_at("lead")
    journey.score(60)
    journey.stands_at("mql")
    assert acme.live("Lead") == [], "not yet sales' to work"
    journey.score(85)
    journey.stands_at("sql")
    (lead,) = acme.live("Lead")
    assert lead["OwnerId"]
    assert journey.episode == 1

    acme.pass_time(60)
    journey.in_sales(SMK_Stage__c="mql")
    journey.work(acme)
    assert acme.hubspot(journey.contact)["lifecyclestage"] == "salesqualifiedlead", "no reason yet"
    journey.in_sales(SMK_Verdict_Reason__c="No budget")
    journey.stands_at("mql")
    assert acme.hubspot(journey.contact)["smk_verdict_reason"] == "no_budget"
    assert journey.reason == "No budget"
    for points in (40, 95):  # a score that falls and rises is no new interest
        acme.pass_time(60)
        journey.score(points)
        journey.stands_at("mql")

    acme.pass_time(timedelta(days=91).total_seconds() / 60)
    journey.form("Demo")
    journey.stands_at("sql")
    assert journey.episode == 2
    assert len(acme.live("Lead")) == 1

    acme.pass_time(60)
    acme.world.salesforce.convert(lead["Id"])
    journey.stands_at("opportunity")
    assert acme.partner(journey.contact).type == "Contact"

    (deal,) = acme.live("Opportunity")
    acme.pass_time(60)
    acme.in_salesforce(deal["Id"], "Opportunity", StageName="Closed Won", Amount=5000)
    journey.stands_at("customer")
    assert journey.went == ["lead", "mql", "sql", "mql", "sql", "opportunity", "customer"]


def test_from_the_first_form_to_customer_with_a_no_on_the_way(journey: Journey) -> None:
    go_all_the_way(journey)


# ---------------------------------------------------------------- the same, with processes that die


class Killed(BaseException):
    """The process dies here: nothing of ours catches it."""


@dataclass
class Death:
    """Dies at the n-th step: a request that is about to be sent, or a commit of the state."""

    left: int = 0
    dead: bool = False

    def tick(self, *_: object) -> None:
        if self.dead:
            raise Killed  # whoever is dead cleans nothing up
        if self.left:
            self.left -= 1
            if not self.left:
                self.dead = True
                raise Killed


class Requests(Counter[str]):
    """An adapter counts its requests here before it sends them."""

    def __init__(self, death: Death) -> None:
        super().__init__()
        self.death = death

    def __setitem__(self, kind: str, n: int) -> None:
        super().__setitem__(kind, n)
        self.death.tick()


@pytest.fixture
def death(journey: Journey) -> Iterator[Death]:
    made = Death()
    for crm in journey.acme.crms.values():
        crm.usage.by_kind = Requests(made)
    sa.event.listen(sa.Engine, "commit", made.tick)
    yield made
    sa.event.remove(sa.Engine, "commit", made.tick)


def restarted(acme: Firm) -> None:
    """A new process: what the operating system frees is free, nothing else."""
    acme.store.close()
    acme.store = open_store(f"sqlite:///{acme.folder / 'state.db'}", acme.key)


def dying(death: Death, every: int) -> Callable[[Firm], object]:
    """Syncs that die later and later, each taken up by the next process, until one lives to its end."""

    def work(acme: Firm) -> object:
        step = every
        while True:
            death.left = step
            try:
                acme.sync()
            except Killed:
                death.dead, step = False, step + every
                restarted(acme)
                acme.pass_time(1)
                continue
            death.left = 0
            return acme.settle()

    return work


@pytest.mark.parametrize("every", [13, pytest.param(1, marks=pytest.mark.proof)])
def test_the_same_journey_with_a_kill_after_every_step(journey: Journey, death: Death, every: int) -> None:
    journey.work = dying(death, every)
    go_all_the_way(journey)
