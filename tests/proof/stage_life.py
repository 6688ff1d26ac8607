"""One person whose stage everybody moves, and what must hold of it when all is quiet.

Enters: an office. Leaves: words for what people and networks do to a stage, and the invariants 19 to 21.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from office import Office, office
from premises import MAPPING

from connector.mapping.load import parse_text
from connector.mapping.rules import Mapping as Rules
from connector.model import Kind, Ref, Side
from connector.run import plan

H, S = Side.HUBSPOT, Side.SALESFORCE
STAGES = {"lead": "lead", "sql": "salesqualifiedlead", "customer": "customer"}
GRACE_S = 1800
PIPELINE = (
    ("  - key: sql\n", "  - key: sql\n    enter_when: 'job_title == \"CFO\"'\n"),
    ("  - key: customer\n", "  - key: customer\n    enter_when: 'job_title == \"COO\"'\n"),
    (
        "deals:\n",
        "moves:\n  reason: mobile\n  backward:\n"
        "    - {from: sql, to: lead, needs: reason, grace: 30m}\ndeals:\n",
    ),
)


def _rules(*edits: tuple[str, str]) -> Rules:
    """The mapping of the other machines, with criteria and a move back that asks for a reason."""
    files = {path.name: path.read_text() for path in MAPPING.glob("*.yaml")}
    for old, new in (*PIPELINE, *edits):
        assert old in files["pipeline.yaml"]
        files["pipeline.yaml"] = files["pipeline.yaml"].replace(old, new, 1)
    made, problems = parse_text(files)
    assert made is not None, problems
    return replace(made, objects={Kind.CONTACT: made.objects[Kind.CONTACT]})


@dataclass
class StageLife:
    """Somebody at the hand-over, linked."""

    office: Office
    contact: str = ""
    lead: Ref = field(default_factory=lambda: Ref(S, "Lead", ""))
    rejected: bool = False
    reasons: int = 0

    # ------------------------------------------------------------ what people do

    def move(self, side: Side, stage: str | None) -> None:
        """Somebody picks a stage, or clears it."""
        if side is H:
            value = STAGES[stage] if stage else ""
            self.office.world.hubspot.user_edit("contacts", self.contact, {"lifecyclestage": value})
        else:
            self._edit({"SMK_Stage__c": stage})
        self.rejected = self.rejected and stage in (None, "lead")
        self.office.pass_time(1)

    def reason(self, text: str | None) -> None:
        self._edit({"MobilePhone": text})

    def title(self, text: str) -> None:
        """The criterion asks for a CFO."""
        self.office.world.hubspot.user_edit("contacts", self.contact, {"jobtitle": text})
        self.office.pass_time(1)

    def reject(self) -> None:
        """Sales sends the person back, states why, and both CRMs know it: only people bring them on now."""
        self.move(S, "lead")
        self.reasons += 1  # a reason counts for one move only
        self.reason(f"no budget in year {self.reasons}")
        self.rest()
        self.rejected = self.shown() == {H: "lead", S: "lead"}

    def convert(self) -> None:
        """Into a contact that does not get the stage: the admin mapped no custom fields."""
        if self.lead.type == "Lead":
            made = self.office.world.salesforce.convert(self.lead.id, opportunity=False)
            self.lead = Ref(S, "Contact", str(made["contact"]))
            self._edit({"SMK_Stage__c": None})

    def edit_criterion(self, old: str, new: str) -> None:
        """Ops edits the mapping, previews it, and everybody is looked at."""
        self.office.ground = replace(self.office.ground, rules=_rules((old, new)))
        plan(self.office.env())
        self.office.sync(full=True)

    def _edit(self, values: dict[str, object]) -> None:
        with self.office.person():
            self.office.world.salesforce.user_edit(self.lead.type, self.lead.id, values)
        self.office.pass_time(1)

    # ------------------------------------------------------------ the truth

    def shown(self) -> dict[Side, str | None]:
        """The stage in both CRMs, in our words."""
        words = {value: key for key, value in STAGES.items()}
        hubspot = self.office.held(("contacts", self.contact))
        salesforce = self.office.held((self.lead.type, self.lead.id))
        assert hubspot is not None
        assert salesforce is not None
        return {H: words.get(hubspot.get("lifecyclestage") or ""), S: salesforce["SMK_Stage__c"]}

    def rest(self) -> None:
        """Nobody moves anybody, nothing fails, and more time passes than any grace lasts."""
        self.office.calm()
        for _ in range(5):
            self.office.pass_time(GRACE_S + 600)
            report = self.office.sync()
        assert report.writes == 0, f"15 progress: still writes {dict(report.planned)}"

    def check(self) -> None:
        self.rest()
        shown = self.shown()
        asked = bool(self.office.store.open_reviews() or self.office.store.held_items())
        assert all(shown.values()), f"19 nobody is left without a stage: {shown}"
        assert shown[H] == shown[S] or asked, f"21 both CRMs tell the same stage: {shown}"
        if self.rejected:
            assert shown[H] == "lead", f"20 a score alone brings nobody back: {shown}"


@contextmanager
def stage_life() -> Iterator[StageLife]:
    with office() as made:
        made.ground = replace(made.ground, rules=_rules())
        plan(made.env())
        life = StageLife(made)
        values = {
            "email": "noor@x.nl",
            "lastname": "Noor",
            "lifecyclestage": STAGES["sql"],
            "jobtitle": "CEO",
        }
        life.contact = made.world.hubspot.user_create("contacts", values)
        made.pass_time(1)
        made.sync()
        (lead,) = made.world.salesforce.all("Lead", include_deleted=False)
        life.lead = Ref(S, "Lead", lead["Id"])
        life.rest()
        yield life
