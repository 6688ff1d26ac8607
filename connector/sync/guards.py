"""Guards: what must not happen without a person's word.

Enters: the changes of a whole plan, counted by class; what was done in the last 24 hours; approvals. Leaves:
which classes are held. Never: I/O.

A volume guard holds its whole class of actions and lets everything else go on. Our own fields are counted
apart, so that a Monday morning of breaches stops nothing. After Microsoft Entra Connect's deletion threshold
and rclone bisync's ``--max-delete``.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

from connector.model import OPT_OUT, Action, Change, Delta, Kind, Op, Raw, Side
from connector.sync.money import whole

NO_LIMIT = 10**12


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that may be written per class without approval, per run and per 24 hours. ``flips``: how
    often one field of one record may go back and forth in a day (0: any number). ``deviation``: how many
    times the busiest of the last days a class may reach (0: any), ``deviation_floor``: and so much in any
    case."""

    creates: int = 200
    overwrites: int = 200
    owners: int = 50
    blankings: int = 20
    unlinks: int = 0
    own_fields: int = 100_000
    flips: int = 5
    archives: int = 0
    opt_outs: int = 20
    deviation: int = 10
    deviation_floor: int = 100

    def of(self, label: str) -> int:
        """The limit of a class label (its first word); danger guards have none, they are judged apart."""
        return {
            "create": self.creates,
            "recreate": 0,
            "overwrite": self.overwrites,
            "owner": self.owners,
            "blank": self.blankings,
            "unlink": self.unlinks,
            "own": self.own_fields,
            "archive": self.archives,
            "optout": self.opt_outs,
        }.get(label.partition(" ")[0], NO_LIMIT)


def class_of(action: Action, change: Change | None, owner_fields: frozenset[str]) -> str | None:
    """The guard class of a create or an archive (``change`` None) or of one change of an update; None when no
    guard counts it.

    Filling a blank is not guarded: nothing is lost by it, and it can be undone. An opt-out in HubSpot cannot:
    it has a class of its own, also where somebody is created with it.
    """
    where = f"{action.side} {action.kind}"
    opts_out = any(one.column == OPT_OUT for one in (action.changes if change is None else (change,)))
    if opts_out and not action.again and action.op is not Op.ARCHIVE:
        return f"optout {where}"
    if change is None:
        return f"{'recreate' if action.again else action.op} {where}"
    if change.ours:
        return f"own {where}"
    if isinstance(change.after, Delta):
        return f"unlink {where}.{change.field}" if change.after.remove else None
    if change.before is None:
        return None
    if change.field in owner_fields:
        return f"owner {where}"
    if change.after is None:
        return f"blank {where}.{change.field}"
    return f"overwrite {where}.{change.field}"


def digest_of(action: Action, change: Change | None) -> bytes:
    """16 bytes that name exactly what would be written, the same in the dry run and in the run: no link id is
    part of it but of who is taken out of a set, whom both sides have had for long."""
    subject = action.source if action.op is Op.CREATE else action.target
    parts: list[str] = [action.op, action.kind, action.target.side, action.target.type, str(subject)]
    for one in action.changes if change is None else (change,):
        if not one.ours or one.given is not None:
            # a reference is named by the other CRM's record id: our link ids may still be unknown in a dry
            # run
            meant = (
                one.given if one.column.startswith("@") and not isinstance(one.after, Delta) else one.after
            )
            parts += [one.field, _text(one.before), _text(meant)]
    return digest_text("\x1e".join(parts))


def digest_text(text: str) -> bytes:
    """16 bytes that name a text."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _text(value: Raw | Delta) -> str:
    if isinstance(value, Delta):
        return f"+{len(value.add)}-{','.join(sorted(value.remove))}"
    return f"{type(value).__name__}:{value}"


def plan_hash(digests: Iterable[bytes], mapping_digest: str) -> str:
    """Short name of a plan: 12 hex digits over everything it lists."""
    whole = blake2b(mapping_digest.encode(), digest_size=6)
    for one in sorted(digests):
        whole.update(one)
    return whole.hexdigest()


@dataclass(slots=True)
class Tally:
    """Collects the guarded changes of a plan while it is made."""

    digests: dict[str, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    planned: Counter[str] = field(default_factory=Counter)
    fields: set[tuple[Kind, str]] = field(default_factory=set)

    def add(self, action: Action, owner_fields: frozenset[str]) -> None:
        """Count one action."""
        self.planned[f"{action.op} {action.side} {action.kind}"] += 1
        self.fields.update((action.kind, change.field) for change in action.changes)
        if action.op is not Op.UPDATE:
            self._note(class_of(action, None, owner_fields), action, None)
            return
        for change in action.changes:
            self._note(class_of(action, change, owner_fields), action, change)

    def _note(self, label: str | None, action: Action, change: Change | None) -> None:
        if label is not None:
            self.digests[label].append(digest_of(action, change))

    def fresh(self, approved: frozenset[bytes]) -> dict[str, int]:
        """Changes per class that nobody has approved."""
        counted = {label: sum(d not in approved for d in ds) for label, ds in self.digests.items()}
        return {label: n for label, n in counted.items() if n}

    def all_digests(self) -> list[bytes]:
        return [d for ds in self.digests.values() for d in ds]


def allowed(
    action: Action, held: Mapping[str, int], approved: frozenset[bytes], owner_fields: frozenset[str]
) -> tuple[Action | None, tuple[str, ...]]:
    """What of an action may be done now, and the classes that hold the rest."""
    if action.op is not Op.UPDATE:
        label = class_of(action, None, owner_fields)
        if label in held and digest_of(action, None) not in approved:
            return None, (str(label),)
        return action, ()
    keep: list[Change] = []
    labels: list[str] = []
    for change in action.changes:
        label = class_of(action, change, owner_fields)
        if label in held and digest_of(action, change) not in approved:
            labels.append(str(label))
        else:
            keep.append(change)
    keep = whole(action.changes, keep)
    if len(keep) == len(action.changes):
        return action, ()
    rest = (
        Action(action.op, action.kind, action.link, action.target, action.source, tuple(keep))
        if keep
        else None
    )
    return rest, tuple(labels)


def mostly_lost(lost: Mapping[Kind, int], linked: Mapping[Kind, int]) -> list[Kind]:
    """Kinds of which more than half of the linked pairs (ten at least) would lose a record to deletion in one
    run."""
    return [kind for kind, n in lost.items() if n >= 10 and n * 2 > linked.get(kind, 0)]


def suddenly_small(
    counts: Mapping[tuple[Side, Kind], int], known: Mapping[tuple[Side, Kind], int]
) -> list[str]:
    """Sides that show less than half of the records that were known there, or none: a lost permission or a
    wrong account, not deletions.

    Only meaningful after a full read. Ten known records at least (three for none), so that a trial account
    does not trip it.
    """
    return [
        f"{side} {kind}"
        for (side, kind), before in known.items()
        if _is_small(counts.get((side, kind), 0), before)
    ]


def _is_small(now: int, before: int) -> bool:
    return (before >= 10 and now * 2 < before) or (before >= 3 and now == 0)
