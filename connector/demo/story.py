"""What the demo shows, in order. It uses what the commands use, and says which command a person would type.

Enters: simulated CRMs and an empty folder. Leaves: words and tables, and an Outcome.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from connector import run
from connector.commands import explain as explain_command
from connector.commands import shown
from connector.commands.init import CONFIG, write_starter
from connector.commands.output import Output
from connector.commands.sync import approve_plan
from connector.connect import live_problems, look, open_environment
from connector.demo.acts import ACTS
from connector.demo.crms import Crms
from connector.environment import Environment
from connector.errors import ConfigError
from connector.install.apply import apply, identities, plan_install
from connector.install.pins import pin
from connector.install.plan import InstallPlan
from connector.mapping.problem import errors
from connector.model import Why
from connector.report import runs
from connector.report.explain import Sources, explain
from connector.report.parity import Parity, compare
from connector.report.runs import Report
from connector.report.words import LABELS, counted
from connector.settings import Settings, load
from connector.state.rows import Audit, Role

HOUR_S = 3600
EXAMPLES = 10


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the demo showed: three syncs, and both CRMs compared afresh in the end."""

    syncs: tuple[Report, Report, Report]
    parity: Parity

    @property
    def good(self) -> bool:
        """Nothing differs without a reason, and a sync without changes wrote nothing."""
        return self.parity.differences == 0 and self.syncs[2].writes == 0

    def as_json(self) -> dict[str, Any]:
        """The object of ``demo --json``."""
        names = ("first_sync", "second_sync", "third_sync")
        found = {name: runs.summary(report) for name, report in zip(names, self.syncs, strict=True)}
        return {
            **found,
            "differences": self.parity.differences,
            "linked": self.parity.linked,
            "unlinked": self.parity.unlinked,
            "explained": dict(self.parity.explained),
        }


def tell(output: Output, crms: Crms, folder: Path, seed: int) -> Outcome:
    """Tells the whole story. ``folder``: empty; gets config, mapping files and state."""
    teller = _Teller(output, crms, folder, seed)
    teller.set_up()
    teller.install()
    first = teller.sync_after_a_look("The first sync", FIRST, always=True)
    teller.day()
    second = teller.sync_after_a_look("The second sync", SECOND)
    third = teller.third()
    teller.one_value(second.run, first.run)
    return Outcome((first, second, third), teller.compare())


FIRST = (
    "A plan is the same work as a sync, without its last step. Where it would create or replace more than a",
    "guard lets pass, that part is held until a person has looked.",
)
HELD = (
    "A guard holds part of it, so a person has looked at the plan and lets exactly this much through. "
    "Whatever comes up anew is judged afresh:"
)
NOT_HELD = (
    "No guard holds any of it this time, so nobody has to approve. This is how a person would: an approval "
    "lets exactly this plan through, and whatever comes up anew is judged afresh:"
)
SECOND = (
    "Only what changed is looked at. Where the day brought more than a guard lets pass, it holds that part.",
)


class _Teller:
    def __init__(self, output: Output, crms: Crms, folder: Path, seed: int) -> None:
        self.output, self.crms, self.folder, self.seed = output, crms, folder, seed
        self.chapter = 0

    # ------------------------------------------------------------ telling

    def begin(self, title: str, *words: str) -> None:
        self.chapter += 1
        self.output.heading(f"{self.chapter}. {title}")
        self.output.words(" ".join(words))

    def typed(self, command: str) -> None:
        """The command that a person would type."""
        self.output.line(f"$ smarketing {command}", style="cyan")

    @property
    def settings(self) -> Settings:
        return load(self.folder / CONFIG)

    # ------------------------------------------------------------ chapters

    def set_up(self) -> None:
        self.begin(
            "Setting up",
            "A simulated HubSpot and a simulated Salesforce of one company are running on this machine. They",
            "know many of the same people, and disagree about them: other phone numbers, other stages.",
        )
        self.typed(f"init . --sandbox {self.crms.ports}")
        written = write_starter(self.folder, (self.crms.hubspot_port, self.crms.salesforce_port))
        self.output.words(f"Wrote {', '.join(written)}.")

    def install(self) -> None:
        self.begin(
            "Installing", "The connector adds a few fields of its own to both CRMs, and touches nothing else."
        )
        self.typed("install")
        with open_environment(self.settings) as env:
            plan = plan_install(env.crms, env.rules.own_fields)
            self.output.table(("CRM", "object", "fields to add"), _by_object(plan))
            apply(plan, env.crms)
            pin(env.store, identities(env.crms))
            self.typed("check --live")
            problems = errors(live_problems(env.rules, env.crms))
        if problems:
            raise ConfigError(
                "the mapping does not fit the simulated CRMs", problems=tuple(map(str, problems))
            )
        self.output.words("The mapping files are right, and fit both CRMs.")

    def sync_after_a_look(self, title: str, words: tuple[str, ...], *, always: bool = False) -> Report:
        """Plan, approve if anything is held (``always``: even if not), sync: as a person would."""
        self.begin(title, *words)
        self.typed("plan")
        plan = self._run(run.plan)
        shown.report(self.output, plan)
        if plan.plan and (plan.stopped_by or always):
            self.output.words(HELD if plan.stopped_by else NOT_HELD)
            self.typed(f"approve {plan.plan}")
            self._approve(plan.plan)
        self.typed("sync")
        report = self._run(run.sync)
        shown.report(self.output, report)
        return report

    def _run(self, what: Any) -> Report:
        with open_environment(self.settings) as env, self.output.progress() as progress:
            report: Report = what(env, progress=progress)
        return report

    def _approve(self, hash: str) -> None:
        with open_environment(self.settings) as env:
            approval = approve_plan(env.store, hash, datetime.now(UTC), env.rules.digest)
        self.output.words(f"Approved: {counted(approval.actions, 'change')}.")

    def day(self) -> None:
        self.begin(
            "A working day passes",
            "Marketing works in HubSpot, sales in Salesforce, each without a look at the other:",
        )
        done = self.crms.work_a_day(self.seed)
        rows = [(count, ACTS.get(act, act.replace("_", " "))) for act, count in done.items() if count]
        self.output.table(("times", "what people did"), sorted(rows, reverse=True))

    def third(self) -> Report:
        self.begin("The third sync", "An hour later nobody has changed anything, so nothing is written:")
        self.crms.advance(HOUR_S)
        self.typed("sync")
        report = self._run(run.sync)
        shown.report(self.output, report)
        return report

    def one_value(self, *runs: int) -> None:
        """The first clash that the second sync decided; without one, the first value that it, or else the
        first sync, replaced."""
        self.begin(
            "Why is this value what it is?",
            "Every value that the connector wrote can be explained; what it replaced is kept for a while:",
        )
        with open_environment(self.settings) as env:
            chosen = choose(env, runs)
            if chosen is None:
                self.output.words("Nothing was replaced.")
                return
            kind = env.store.links_by_id([chosen.link])[chosen.link].kind
            self.typed(f"explain {kind} {chosen.target.id} {chosen.field}")
            found = explain(
                Sources(env.rules, env.crms, env.store, look(env), env.key.hash),
                kind,
                chosen.target,
                chosen.field,
            )
            explain_command.show(self.output, found, whole=False)

    def compare(self) -> Parity:
        self.begin(
            "Are they aligned now?",
            "Some things no CRM lists as a change, such as a record that was archived in HubSpot. A look at",
            "everything, once a day, finds them:",
        )
        self.typed("sync --full")
        shown.report(self.output, self._run(partial(run.sync, full=True)))
        self.output.words(
            "Both CRMs are read afresh and in full, and compared without asking what the connector thinks:"
        )
        with open_environment(self.settings) as env:
            found = compare(env, look(env).ctx)
        rows = [
            ("pairs of records", found.linked),
            ("records in scope without a partner", found.unlinked),
            ("differences without a reason", found.differences),
        ]
        self.output.table(("", "count"), rows)
        self.output.words("What differs with a reason, which is as it should be:")
        self.output.table(("reason", "count"), sorted(found.explained.items()))
        for item in found.items[:EXAMPLES]:
            self.output.words(
                f"  {item.kind} {item.field}: {item.why} ({', '.join(str(ref) for ref in item.refs)})"
            )
        return found


def _by_object(plan: InstallPlan) -> list[tuple[str, str, int]]:
    counts: dict[tuple[str, str], int] = {}
    for item in plan.items:
        place = (LABELS[item.field.side], item.field.type)
        counts[place] = counts.get(place, 0) + 1
    return [(side, type, count) for (side, type), count in counts.items()]


def choose(env: Environment, runs: tuple[int, ...]) -> Audit | None:
    """An interesting write: the oldest clash of these runs, else the oldest write that replaced a value
    still kept."""
    for number in runs:
        written = env.store.audit_of_run(number)[::-1]
        for audit in written:
            if audit.why is Why.CLASH:
                return audit
    for number in runs:
        for audit in env.store.audit_of_run(number)[::-1]:
            if audit.why in (Why.EDIT, Why.FIRST, Why.PUT_BACK) and _replaced_a_value(env, audit):
                return audit
    return None


def _replaced_a_value(env: Environment, audit: Audit) -> bool:
    """Whether what stood there is still known, and was not a blank."""
    return any(
        secret.role is not Role.AFTER and secret.value is not None and secret.run == audit.run
        for secret in env.store.secrets_of(audit.link, audit.field)
        if secret.target.side is audit.target.side
    )
