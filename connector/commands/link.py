"""``smarketing link`` and ``unlink``: say that two records are the same, or are not."""

from typing import Annotated

import typer

from connector.commands.output import Output
from connector.commands.shared import CONFIG_FILE, ConfigFile, Debug, Json, agreed, who
from connector.connect import look, open_environment
from connector.environment import Environment
from connector.errors import ConfigError
from connector.linking import Step, carry_out, plan_link, plan_unlink
from connector.lookup import find, parse_kind
from connector.model import Kind, Ref, Side
from connector.settings import load

WAITS = 1

KindWord = Annotated[str, typer.Argument(metavar="KIND", help="contact, company or deal.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def link(
    kind: KindWord,
    hubspot_id: Annotated[str, typer.Argument(metavar="HUBSPOT_ID", help="The record in HubSpot.")],
    salesforce_id: Annotated[str, typer.Argument(metavar="SALESFORCE_ID", help="The one in Salesforce.")],
    yes: Yes = False,
    config: ConfigFile = CONFIG_FILE,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> int:
    """Say that two records are the same; the next sync compares them as at first contact.

    Both have to be there and to have no partner yet. Says what it will do, and asks.
    """
    output = Output(json)
    what = parse_kind(kind)
    with open_environment(load(config)) as env:
        live = look(env)
        given = {Side.HUBSPOT: hubspot_id, Side.SALESFORCE: salesforce_id}
        step = plan_link(env, live, what, {side: _on(env, side, what, id) for side, id in given.items()})
        output.words(f"{step.refs[0]} and {step.refs[1]} become one {what}. Nothing is written now.")
        output.words(f"The next sync compares them as at first contact; see it first: {_plan(what, step)}")
        if not agreed(output, yes, "link asks before it links", "Link them?"):
            return _left(output, step)
        run = carry_out(env, live, step, who())
    output.words("Linked.")
    output.answer(_answer(step, applied=True, run=run))
    return 0


def unlink(
    kind: KindWord,
    id: Annotated[str, typer.Argument(metavar="ID", help="Either record's id, our link id, or an email.")],
    yes: Yes = False,
    config: ConfigFile = CONFIG_FILE,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> int:
    """Take a pair apart. Both records keep their values, and are not linked again by themselves.

    Neither gets a new partner either, until somebody links it by hand. Says what it will do, and asks.
    """
    output = Output(json)
    what = parse_kind(kind)
    with open_environment(load(config)) as env:
        live = look(env)
        step = plan_unlink(env, what, find(env.crms, env.store, env.rules, what, id))
        output.words(f"{step.refs[0]} and {step.refs[1]} are no longer one {what}. Both keep their values.")
        output.words("The next sync writes into our own fields in both that they are two.")
        if not agreed(output, yes, "unlink asks before it takes a pair apart", "Take them apart?"):
            return _left(output, step)
        run = carry_out(env, live, step, who())
    hubspot, salesforce = (ref.id for ref in step.refs)
    output.words(f"Unlinked. To undo it: smarketing link {what} {hubspot} {salesforce}")
    output.answer(_answer(step, applied=True, run=run))
    return 0


def _on(env: Environment, side: Side, kind: Kind, ident: str) -> Ref:
    """The record with this id in this CRM. Raises ConfigError."""
    ref = find({side: env.crms[side]}, env.store, env.rules, kind, ident) if "@" not in ident else None
    if ref is None or ref.side is not side:
        raise ConfigError(f"{ident} is no id of {side.value}", fix="First HubSpot's id, then Salesforce's.")
    return ref


def _plan(kind: Kind, step: Step) -> str:
    return f"smarketing plan --only {kind}:{step.refs[0].id}"


def _left(output: Output, step: Step) -> int:
    output.words("Nothing was changed.")
    output.answer(_answer(step, applied=False, run=None))
    return WAITS


def _answer(step: Step, *, applied: bool, run: int | None) -> dict[str, object]:
    records = {ref.side.value: str(ref) for ref in step.refs}
    return {"applied": applied, "kind": step.kind.value, "link": step.link, "records": records, "run": run}
