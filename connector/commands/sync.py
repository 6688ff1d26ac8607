"""``smarketing plan``, ``approve`` and ``sync``: see what would happen, let it through, do it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated

import typer

from connector import run
from connector.alerts.tell import alerting
from connector.commands import shown
from connector.commands.interrupt import stopping
from connector.commands.output import Output
from connector.commands.shared import CONFIG_FILE, ConfigFile, Debug, Json
from connector.connect import load_mapping, open_environment, open_state
from connector.environment import Environment
from connector.lookup import find, parse_subject
from connector.model import Ref
from connector.report import runs
from connector.report.runs import Report
from connector.report.words import counted
from connector.settings import Settings, load
from connector.state.rows import Approval
from connector.state.store import Store

Full = Annotated[bool, typer.Option("--full", help="Look at every record, not only at what changed.")]
Only = Annotated[
    str | None,
    typer.Option(
        "--only",
        metavar="KIND:ID",
        help="One record: contact:ID, company:ID or deal:ID (any CRM's id, or an email).",
    ),
]


def sync(
    full: Full = False,
    only: Only = None,
    config: ConfigFile = CONFIG_FILE,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> int:
    """Run once: carry over what changed on either side since the last run.

    Whatever a guard holds back waits for `smarketing approve`; everything else goes on. Ctrl-C ends the
    running batch cleanly.
    """
    output = Output(json)
    settings = load(config)
    with _alerting(settings, output, only) as reports:
        with open_environment(settings) as env, stopping(output.words) as stop, output.progress() as progress:
            report = run.sync(env, full=full, only=_only(env, only), progress=progress, stop=stop)
        reports.append(report)
    shown.report(output, report)
    output.answer(runs.summary(report))
    return report.exit_code


def plan(
    full: Full = False,
    only: Only = None,
    config: ConfigFile = CONFIG_FILE,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> int:
    """Show what the next sync would write, and write nothing.

    It is the same work as `smarketing sync` without its last step. Where a guard would hold something back,
    the plan's hash is what `smarketing approve` takes. Shows a few examples; --json lists every action.
    """
    output = Output(json)
    with open_environment(load(config)) as env, output.progress() as progress:
        sample = None if json else run.SAMPLE
        report = run.plan(env, full=full, only=_only(env, only), progress=progress, sample=sample)
    shown.report(output, report)
    shown.actions(output, report)
    output.answer(shown.plan_json(report))
    return report.exit_code


@contextmanager
def _alerting(settings: Settings, output: Output, only: str | None) -> Iterator[list[Report]]:
    """Tells people how the sync ended. Whoever syncs one record looks at it anyway."""
    if only is not None:
        yield []
        return
    with alerting(settings, "sync", lambda failed: output.warning(str(failed))) as reports:
        yield reports


def _only(env: Environment, text: str | None) -> Ref | None:
    return None if text is None else find(env.crms, env.store, env.rules, *parse_subject(text))


def approve(
    hash: Annotated[str, typer.Argument(metavar="HASH", help="The plan's hash, or its beginning.")],
    config: ConfigFile = CONFIG_FILE,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> int:
    """Let exactly the actions of a plan through its guards.

    Good until they are done or a day has passed; anything that comes up anew is judged afresh. The next
    sync carries them out.
    """
    output = Output(json)
    now = datetime.now(UTC)
    settings = load(config)
    mapping = load_mapping(settings)
    with open_state(settings) as store:
        approval = approve_plan(store, hash, now, mapping.digest)
        made = store.run(approval.plan.run)
    plan = approval.plan.hash
    until = f"{approval.expires_at:%Y-%m-%d %H:%M} UTC"
    output.words(f"Approved plan {plan}: {counted(approval.actions, 'change')}, until {until}.")
    if made is not None and made.kind.startswith("undo"):
        output.words("To carry it out, type the undo again, with --yes.")
    else:
        output.words("The next sync carries it out: smarketing sync")
    output.answer(
        {
            "plan": plan,
            "until": approval.expires_at,
            "actions": approval.actions,
            "counts": dict(approval.plan.counts),
        }
    )
    return 0


def approve_plan(store: Store, hash: str, now: datetime, mapping_digest: str) -> Approval:
    """Approves a plan by its hash, and its mapping as previewed. Raises ConfigError for a hash that isn't
    one plan's, or of a plan that was made by another mapping than the present one."""
    last = store.last_runs(1)
    now = max([now, *(row.started_at for row in last)])  # runs go by the CRMs' clock
    approval = store.approve(hash, now, now + run.APPROVED_FOR, mapping_digest)
    store.set_meta(run.PREVIEWED, approval.plan.mapping_digest)
    return approval
