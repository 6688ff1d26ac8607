"""Checks of the steps of deals."""

from collections.abc import Iterator

from connector.mapping.nodes import Path
from connector.mapping.parsed import Files, Parsed
from connector.mapping.problem import Problem
from connector.mapping.rules import Rule
from connector.mapping.shape import FromDealsEntry, PipelineFile
from connector.mapping.words import quoted, suggestion
from connector.model import DealState, Kind

ALLOWED = (Rule.SALESFORCE_OWNS, Rule.HUBSPOT_OWNS, Rule.PREFER_SALESFORCE, Rule.PREFER_HUBSPOT, Rule.TWO_WAY)


def one_meaning(files: Files) -> Iterator[Problem]:
    """A HubSpot deal stage belongs to one step, and a Salesforce StageName to one of each record type."""
    if (file := files.pipeline) is None:
        return
    seen: dict[str, tuple[str, int]] = {}
    for i, step in enumerate(file.model.deals):
        places: list[tuple[str, Path]] = [(step.hubspot.dealstage, ("deals", i, "hubspot", "dealstage"))]
        places += [
            (f"{name}{kind and ' of '}{kind}", ("deals", i, "salesforce", "StageName", k))
            for k, name in enumerate(step.salesforce.StageName)
            for kind in step.salesforce.record_type or ("",)
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


def people_follow(files: Files) -> Iterator[Problem]:
    """``contact_stage_from_deals`` names stages, and what it needs to know of a deal is mapped."""
    if (file := files.pipeline) is None or (entry := file.model.contact_stage_from_deals) is None:
        return
    here = "contact_stage_from_deals"
    keys = [stage.key for stage in file.model.stages]
    for key in ("open", "won", "recycle_to"):
        stage = getattr(entry, key)
        if stage is not None and stage not in keys:
            yield file.problem(
                (here, key), f'"{stage}" is no stage{suggestion(stage, keys)}', "unknown-stage"
            )
    states = {step.outcome for step in file.model.deals}
    for state in (DealState.WON, DealState.LOST):
        wanted = entry.won if state is DealState.WON else entry.lost == "recycle"
        if wanted and state not in states:
            message = f"no step of `deals` has `outcome: {state}`, so nobody would ever follow such a deal"
            yield file.problem((here, state.value), message, "deal-outcome")
    if entry.lost == "recycle" and entry.recycle_to is None:
        yield file.problem((here, "lost"), "`lost: recycle` needs the stage, as `recycle_to`", "recycle-to")
    if entry.lost == "recycle" and entry.open is None:
        message = "`lost: recycle` takes back whom an open deal had brought on; say to where, as `open`"
        yield file.problem((here, "lost"), message, "recycle-to")
    places = [keys.index(key) for key in (entry.open, entry.recycle_to) if key in keys]
    if len(places) == 2 and places[0] <= places[1]:
        message = f'"{entry.recycle_to}" is not before "{entry.open}"; a lost deal takes people back'
        yield file.problem((here, "recycle_to"), message, "recycle-to")
    yield from _unlinked(files, file, entry)


def _unlinked(files: Files, file: Parsed[PipelineFile], entry: FromDealsEntry) -> Iterator[Problem]:
    links = {kind: {link.to for link in each.model.links} for kind, each in files.objects.items()}
    on_deal = [via for via in entry.through if via != "account"]
    if on_deal and "contacts" not in links.get(Kind.DEAL, {"contacts"}):
        message = f"`{on_deal[0]}` needs the contacts of deals; add a link `to: contacts` to deals.yaml"
        yield file.problem(("contact_stage_from_deals", "through"), message, "deal-people")
    lacking = [
        kind for kind in (Kind.DEAL, Kind.CONTACT) if "companies" not in links.get(kind, {"companies"})
    ]
    if "account" in entry.through and lacking:
        message = f"`account` needs companies; add a link `to: companies` to {lacking[0].value}s.yaml"
        yield file.problem(("contact_stage_from_deals", "through"), message, "deal-people")


CHECKS = (one_meaning, rule, money, people_follow)
