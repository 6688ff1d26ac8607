"""``smarketing install``: adds the connector's fields to both CRMs, listed first."""

from typing import Annotated

import typer

from connector.commands.output import Output
from connector.commands.shared import CONFIG_FILE, ConfigFile, Debug, Json, agreed
from connector.connect import load_mapping, open_crms, open_state
from connector.install.apply import apply, identities, plan_install
from connector.install.pins import pin
from connector.install.plan import InstallPlan, Item, State
from connector.report.words import LABELS, counted
from connector.settings import load

WAITS = 1


def install(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    config: ConfigFile = CONFIG_FILE,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> int:
    """Add the connector's fields to both CRMs.

    Lists them first and asks. Nothing that is there is changed or removed. Also notes which portal and org
    this installation belongs to: a sync with any other one stops.
    """
    output = Output(json)
    settings = load(config)
    mapping = load_mapping(settings)
    with open_crms(settings) as crms, open_state(settings) as store:
        plan = plan_install(crms, mapping.own_fields)
        show(output, plan)
        asks = plan.in_state(State.ADD) and not plan.in_state(State.CONFLICT)
        if asks and not agreed(output, yes, "install asks before it adds fields", "Add these fields?"):
            output.words("Nothing was added.")
            output.answer(plan_json(plan, applied=False))
            return WAITS
        done = apply(plan, crms)
        pins = pin(store, identities(crms))
    added = len(plan.in_state(State.ADD))
    output.words(f"Added {counted(added, 'field')}." if added else "Everything is there already.")
    output.words(f"This installation belongs to {' and '.join(pins.values())}.")
    output.words("Next: smarketing plan")
    output.answer(plan_json(done, applied=True, added=added))
    return 0


def show(output: Output, plan: InstallPlan) -> None:
    """The fields as a table: what will be added, what is in conflict; what is there only as a number."""
    listed = [item for item in plan.items if item.state is not State.THERE]
    if listed:
        rows = [
            (LABELS[item.field.side], item.field.type, item.field.column, item.field.label, _state(item))
            for item in listed
        ]
        output.table(("CRM", "object", "field", "label", ""), rows)
    there = len(plan.in_state(State.THERE))
    if there and listed:
        output.words(f"{counted(there, 'field')} {'is' if there == 1 else 'are'} there already.")


def _state(item: Item) -> str:
    return "will be added" if item.state is State.ADD else f"conflict: {item.reason}"


def plan_json(plan: InstallPlan, *, applied: bool, added: int = 0) -> dict[str, object]:
    """The object of ``install --json``."""
    fields = [
        {
            "side": item.field.side.value,
            "type": item.field.type,
            "field": item.field.column,
            "label": item.field.label,
            "state": item.state.value,
            "reason": item.reason,
        }
        for item in plan.items
    ]
    return {"applied": applied, "added": added, "fields": fields}
