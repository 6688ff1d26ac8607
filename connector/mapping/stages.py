"""pipeline.yaml -> the shared pipeline, and the fields that follow from it.

Enters: the checked file. Leaves: ``Pipeline`` and field rules for the stage of people and of deals. Never:
I/O.
"""

from collections.abc import Callable, Mapping, Sequence

from connector.mapping.converters.stages import Stage as StageConverter
from connector.mapping.criteria import Of, compile
from connector.mapping.objects import DEAL_PIPELINE, MOVED_BACK_AT, STAGE, TYPES, is_ours
from connector.mapping.parsed import Parsed
from connector.mapping.rules import (
    BackwardMove,
    Blank,
    Clash,
    DealStage,
    FieldRule,
    First,
    Pipeline,
    Rearm,
    Rule,
    Stage,
    StageFromDeals,
)
from connector.mapping.shape import FromDealsEntry, PipelineFile, StageEntry
from connector.model import Kind, Side, Via

PERSON_TYPES = TYPES[Kind.CONTACT]


def stage_columns(entry: StageEntry, side: Side) -> dict[str, dict[str, tuple[str, ...]]]:
    """Per object type of the side: column -> values. ``SMK_Stage__c`` counts for every type,
    ``Lead.SMK_Stage__c`` for one."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for written, values in (entry.hubspot if side is Side.HUBSPOT else entry.salesforce).items():
        type, dot, column = written.partition(".")
        for t in (type,) if dot else PERSON_TYPES[side]:
            found.setdefault(t, {})[column if dot else written] = values
    return found


def pipeline_of(file: Parsed[PipelineFile], names: Mapping[str, Of]) -> Pipeline:
    """``names``: what the entry criteria of stages may use."""
    model = file.model
    keys = [entry.key for entry in model.stages]
    return Pipeline(
        handover=model.handover,
        stages=tuple(_stage(file, i, names, keys) for i in range(len(keys))),
        forward=model.moves.forward,
        backward=tuple(
            BackwardMove(move.start, move.to, move.needs == "reason", move.grace)
            for move in model.moves.backward
        ),
        deals=tuple(
            DealStage(
                entry.key,
                i,
                (entry.hubspot.pipeline, entry.hubspot.dealstage),
                entry.salesforce.StageName,
                file.where("deals", i),
                entry.outcome,
                entry.salesforce.record_type,
            )
            for i, entry in enumerate(model.deals)
        ),
        ignored={Side.HUBSPOT: model.hold.hubspot, Side.SALESFORCE: model.hold.salesforce},
        where=file.where(),
        clash=Clash(model.clash),
        rearm=_rearm(model, names, keys),
        reason=model.moves.reason,
        from_deals=_from_deals(model.contact_stage_from_deals),
    )


def _from_deals(entry: FromDealsEntry | None) -> StageFromDeals | None:
    if entry is None:
        return None
    back = entry.recycle_to if entry.lost == "recycle" else None
    return StageFromDeals(
        entry.open, entry.won, back, frozenset(map(Via, entry.through)), frozenset(entry.roles)
    )


def rearm_names(names: Mapping[str, Of]) -> dict[str, Of]:
    """What `rearm.when` may use."""
    return {**names, MOVED_BACK_AT: Of.MOMENT}


def _rearm(model: PipelineFile, names: Mapping[str, Of], keys: Sequence[str]) -> Rearm | None:
    if model.rearm is None:
        return None
    when = model.rearm.when
    return Rearm(model.rearm.after, compile(when, rearm_names(names), keys) if when else None)


def _stage(file: Parsed[PipelineFile], i: int, names: Mapping[str, Of], keys: Sequence[str]) -> Stage:
    entry = file.model.stages[i]
    label = entry.label
    return Stage(
        key=entry.key,
        index=i,
        label={"en": label.en, "nl": label.nl or label.en, "da": label.da or label.en},
        owner=entry.owner,
        reads={side: _reads(entry, side) for side in Side},
        enter_when=compile(entry.enter_when, names, keys) if entry.enter_when else None,
        where=file.where("stages", i),
        only=compile(entry.only_when, names, keys) if entry.only_when else None,
    )


def _reads(entry: StageEntry, side: Side) -> dict[str, tuple[str, ...]]:
    """``Type.Column`` -> values."""
    by_type = stage_columns(entry, side).items()
    return {f"{type}.{column}": values for type, by_column in by_type for column, values in by_column.items()}


def stage_field(file: Parsed[PipelineFile], pipeline: Pipeline) -> FieldRule:
    """The stage of people. What becomes of it is decided by ``domain.stage``; the rule's own words count
    after a rebuild."""
    columns: dict[Side, dict[str, str]] = {side: {} for side in Side}
    reads: dict[Side, dict[str, dict[str, str]]] = {side: {} for side in Side}
    writes: dict[Side, dict[str, dict[str, str]]] = {side: {} for side in Side}
    for stage in pipeline.stages:
        for side in Side:
            for place, values in stage.reads[side].items():
                type, _, column = place.partition(".")
                columns[side][type] = column
                reads[side].setdefault(type, {}).update(dict.fromkeys(values, stage.key))
                writes[side].setdefault(type, {})[stage.key] = values[0]
    prefix = file.model.prefix
    return FieldRule(
        name=STAGE,
        kind=Kind.CONTACT,
        columns=columns,
        rule=Rule.TWO_WAY,
        convert=StageConverter(reads, writes),
        where=file.where("stages", key=True),
        clash=pipeline.clash,
        first=First.FURTHEST,
        blank=Blank.KEEP,
        ours=any(is_ours(prefix, c, side) for side, by_type in columns.items() for c in by_type.values()),
    )


# ---------------------------------------------------------------- deals


def deal_fields(file: Parsed[PipelineFile], pipeline: Pipeline) -> tuple[FieldRule, FieldRule]:
    """The step of a deal, and the HubSpot pipeline that it belongs to. The pipeline follows the step: it is
    written when a deal is created in HubSpot and, where Salesforce owns the step, whenever a step lies in
    another pipeline."""
    rule, where = file.model.deals_rule, file.where("deals", key=True)
    hubspot, salesforce = TYPES[Kind.DEAL][Side.HUBSPOT][0], TYPES[Kind.DEAL][Side.SALESFORCE][0]
    clash = Clash(rule.side.value) if rule.side else Clash.REVIEW
    stage = FieldRule(
        name=STAGE,
        kind=Kind.DEAL,
        columns={Side.HUBSPOT: {hubspot: "dealstage"}, Side.SALESFORCE: {salesforce: "StageName"}},
        rule=rule,
        convert=_deal_stage(pipeline.deals, hubspot, salesforce),
        where=where,
        clash=clash,
        first=First(clash.value),
    )
    follows = rule is Rule.SALESFORCE_OWNS
    place = FieldRule(
        name=DEAL_PIPELINE,
        kind=Kind.DEAL,
        columns={Side.HUBSPOT: {hubspot: "pipeline"}, Side.SALESFORCE: {salesforce: "StageName"}},
        rule=Rule.SALESFORCE_OWNS if follows else Rule.FILL_HUBSPOT,
        convert=_deal_pipeline(pipeline.deals, hubspot, salesforce),
        where=where,
        clash=Clash.SALESFORCE if follows else Clash.REVIEW,
        first=First.SALESFORCE if follows else First.REVIEW,
        write=Side.HUBSPOT,
    )
    return stage, place


def _deal_stage(steps: Sequence[DealStage], hubspot: str, salesforce: str) -> StageConverter:
    reads = {
        Side.HUBSPOT: {hubspot: {step.hubspot[1]: step.key for step in steps}},
        Side.SALESFORCE: {salesforce: _names(steps, lambda step: step.key)},
    }
    writes = {
        Side.HUBSPOT: {hubspot: {step.key: step.hubspot[1] for step in steps}},
        Side.SALESFORCE: {salesforce: {step.key: step.salesforce[0] for step in steps}},
    }
    only = {step.key: frozenset(step.record_types) for step in steps if step.record_types}
    typed = _by_record_type(steps, lambda step: step.key)
    return StageConverter(reads, writes, name="deal_stage", typed=typed, only=only)


def _deal_pipeline(steps: Sequence[DealStage], hubspot: str, salesforce: str) -> StageConverter:
    """Shared value: HubSpot's pipeline id. Salesforce tells it by the step alone, so it is never written
    there."""
    ids = {step.hubspot[0]: step.hubspot[0] for step in steps}
    by_name = _names(steps, lambda step: step.hubspot[0])
    reads = {Side.HUBSPOT: {hubspot: ids}, Side.SALESFORCE: {salesforce: by_name}}
    writes = {Side.HUBSPOT: {hubspot: ids}}
    typed = _by_record_type(steps, lambda step: step.hubspot[0])
    return StageConverter(reads, writes, name="deal_pipeline", lossy=True, typed=typed)


def _names(steps: Sequence[DealStage], meaning: Callable[[DealStage], str]) -> dict[str, str]:
    """What each StageName means on opportunities of any record type."""
    return {name: meaning(step) for step in steps if not step.record_types for name in step.salesforce}


def _by_record_type(
    steps: Sequence[DealStage], meaning: Callable[[DealStage], str]
) -> dict[str, dict[str, str]]:
    """What each StageName means on opportunities of one record type, where a step names it."""
    found: dict[str, dict[str, str]] = {}
    for step in steps:
        for kind in step.record_types:
            found.setdefault(kind, {}).update(dict.fromkeys(step.salesforce, meaning(step)))
    return found
