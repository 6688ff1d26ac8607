"""The history of people's stages in a run: who reads it, who tells of our own moves, and what is kept.

Enters: what a run has open. Leaves: the parts of ``sync.history``, wired to the state and to both CRMs.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from connector.environment import Environment
from connector.followers import deal_facts
from connector.live import Live
from connector.mapping.convert import Context
from connector.mapping.rules import ObjectMap
from connector.model import Decision, Kind, Record, Ref, Side, StageMove, StageNow
from connector.sync.consent import OptIns
from connector.sync.facts import Source
from connector.sync.history import History, Mover, remembered


def columns_of(live: Live, objects: ObjectMap) -> dict[tuple[Side, str], tuple[str, ...]]:
    """What a run reads of each record, per side and type: the mapped fields, and when it entered its stages,
    where a CRM tells that along with it."""
    return {
        (side, type): (*columns, *objects.entered.get(side, {}).values())
        for (side, type), columns in live.columns(objects).items()
    }


def sources_of(
    env: Environment,
    objects: ObjectMap,
    context: Callable[[Record], Context],
    moved: Mapping[str, str],
    absorbed: Mapping[Ref, Sequence[Ref]],
    *,
    anew: bool,
) -> tuple[Source, ...]:
    """Who fetches what decisions about this kind need beside the records. ``moved`` and ``absorbed``:
    filled while the run looks; ``anew``: the state is being rebuilt."""
    if objects.kind is not Kind.CONTACT:
        return ()
    store = env.store
    history = History(objects, env.crms, store.stages_of, store.stage_moves, context, moved, absorbed, anew)
    return (history, *deal_facts(env), OptIns(objects, env.crms, env.key.hash))


def mover_of(env: Environment, live: Live) -> Mover | None:
    """Who tells which of our own writes moved people; None where people are not mapped."""
    people = env.rules.objects.get(Kind.CONTACT)
    if people is None:
        return None
    return Mover(people, env.rules.pipeline, live.ctx, env.store.stages_of, env.store.stage_moves)


def what_moved(
    env: Environment, decisions: Iterable[Decision]
) -> tuple[tuple[tuple[str, StageMove], ...], dict[str, StageNow]]:
    """The moves to keep of what was decided, with their links, and what is known of the stages then."""
    told = [d for d in decisions if d.moves or d.marks is not None]
    ids = [d.link.id for d in told]
    if not ids:
        return (), {}
    return remembered(told, env.store.stage_moves(ids), env.store.stages_of(ids), env.rules.pipeline)
