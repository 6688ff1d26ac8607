"""Checks of the steps of deals."""

from collections.abc import Iterator

from connector.mapping.nodes import Path
from connector.mapping.parsed import Files
from connector.mapping.problem import Problem
from connector.mapping.rules import Rule
from connector.mapping.words import quoted
from connector.model import Kind

ALLOWED = (Rule.SALESFORCE_OWNS, Rule.HUBSPOT_OWNS, Rule.PREFER_SALESFORCE, Rule.PREFER_HUBSPOT, Rule.TWO_WAY)


def one_meaning(files: Files) -> Iterator[Problem]:
    """A HubSpot deal stage and a Salesforce StageName each belong to one step."""
    if (file := files.pipeline) is None:
        return
    seen: dict[str, tuple[str, int]] = {}
    for i, step in enumerate(file.model.deals):
        places: list[tuple[str, Path]] = [(step.hubspot.dealstage, ("deals", i, "hubspot", "dealstage"))]
        places += [
            (name, ("deals", i, "salesforce", "StageName", k))
            for k, name in enumerate(step.salesforce.StageName)
        ]
        for value, path in places:
            crm = str(path[2])
            first, line = seen.setdefault(f"{crm} {value}", (step.key, file.where(*path).line))
            if first != step.key:
                message = f'"{value}" already means the step "{first}" (line {line}); a value means one step'
                yield file.problem(path, message, "deal-stage-map")


def rule(files: Files) -> Iterator[Problem]:
    """The rule of deal stages is one that makes sense for them."""
    if (file := files.pipeline) is None:
        return
    found = file.model.deals_rule
    if found not in ALLOWED:
        message = f"`{found}` makes no sense for deal stages; allowed: {quoted(ALLOWED)}"
        yield file.problem(("deals_rule",), message, "deals-rule")
    pipelines = {step.hubspot.pipeline for step in file.model.deals}
    if len(pipelines) > 1 and found not in (Rule.SALESFORCE_OWNS, Rule.HUBSPOT_OWNS):
        message = (
            f"deals stand in several HubSpot pipelines ({quoted(sorted(pipelines))}); "
            "then one side must own the stage: salesforce_owns or hubspot_owns"
        )
        yield file.problem(("deals_rule",), message, "deals-rule")


AMOUNTS = frozenset({"amount", "Amount"})


def money(files: Files) -> Iterator[Problem]:
    """What a deal is worth is money, so that no amount is ever read in another currency; money is nowhere
    else, since only deals say in which currency they are on both sides."""
    for kind, file in files.objects.items():
        for i, entry in enumerate(file.model.fields):
            columns = {*(entry.hubspot or {}).values(), *(entry.salesforce or {}).values()}
            is_money = entry.convert.chosen == "money"
            if kind is Kind.DEAL and columns & AMOUNTS and not is_money:
                message = (
                    f'"{entry.name}" is an amount; write `convert: money`, which keeps its currency with it'
                )
                yield file.problem(("fields", i, "convert"), message, "money")
            if kind is not Kind.DEAL and is_money:
                message = f'"{entry.name}" cannot be `money`: only deals have a currency; write `number`'
                yield file.problem(("fields", i, "convert"), message, "money")


CHECKS = (one_meaning, rule, money)
