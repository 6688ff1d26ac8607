"""Is everything in place? Each question is tried for real and answered in one line, with the fix.

Enters: settings. Leaves: findings. It reads only: nothing is written to either CRM, and the state is only
opened.
"""

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from connector.connect import live_problems, load_key, load_mapping, mark_file, open_crm, open_state
from connector.crm.base import Crm
from connector.crm.hubspot_consent import SCOPE as OPT_OUT_SCOPE
from connector.crm.retry import Policy
from connector.errors import ConfigError, Retry, SmarketingError, Stop
from connector.install.apply import plan_install
from connector.install.pins import named, pinned
from connector.install.plan import State as FieldState
from connector.lifetime import refuse_doubtful
from connector.mapping.problem import errors
from connector.mapping.rules import Mapping as Rules
from connector.model import OPT_OUT, Kind, Side
from connector.report.words import LABELS, counted
from connector.schema import Identity, Owner
from connector.settings import Settings
from connector.state.store import RESERVE, Store

SKEW_WARN_S = 60.0
SKEW_FAIL_S = 300.0
LOW_SHARE = 0.1
PERSONS = "Keep these people in one CRM, or make a business account and a contact of each."
IMPATIENT = Policy(attempts=2)
"""Somebody waits for the answer."""


class Grade(StrEnum):
    """pass: fine. warn: works, but look at it. fail: must be mended first."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer. ``exit_code``: what this finding alone would end the command with."""

    topic: str
    grade: Grade
    message: str
    fix: str = ""
    exit_code: int = 0


@dataclass(slots=True)
class _Visit:
    """What is known so far; later questions need earlier answers."""

    settings: Settings
    mapping: Rules | None = None
    store: Store | None = None
    crms: dict[Side, Crm] = field(default_factory=dict)
    identities: dict[Side, Identity] = field(default_factory=dict)


def examine(settings: Settings) -> Iterator[Finding]:
    """All findings, as they become known. Raises nothing of ours: what goes wrong is a finding."""
    visit = _Visit(settings)
    yield Finding("config", Grade.PASS, str(settings.file))
    with ExitStack() as stack:
        yield from _tried("mapping", lambda: _mapping(visit))
        yield from _tried("key", lambda: _key(visit))
        yield from _tried("state", lambda: _state(visit, stack))
        for side in Side:
            yield from _tried(LABELS[side], lambda side=side: _crm(visit, stack, side))  # type: ignore[misc]
        yield from _both(visit)


def _tried(topic: str, ask: Callable[[], list[Finding]]) -> Iterator[Finding]:
    try:
        yield from ask()
    except SmarketingError as error:
        yield _failed(topic, error)


def _failed(topic: str, error: SmarketingError) -> Finding:
    problems = error.problems if isinstance(error, ConfigError) else ()
    more = f" ({problems[0]}{' …' if len(problems) > 1 else ''})" if problems else ""
    code = 3 if isinstance(error, Retry) else error.exit_code
    return Finding(topic, Grade.FAIL, error.message + more, error.fix, code)


def _mapping(visit: _Visit) -> list[Finding]:
    visit.mapping = load_mapping(visit.settings)
    fields = sum(len(objects.fields) for objects in visit.mapping.objects.values())
    return [
        Finding(
            "mapping",
            Grade.PASS,
            f"{fields} fields of {len(visit.mapping.objects)} kinds in {visit.settings.mapping.folder}",
        )
    ]


def _key(visit: _Visit) -> list[Finding]:
    load_key(visit.settings)
    return [Finding("key", Grade.PASS, str(visit.settings.state.key_file))]


def _state(visit: _Visit, stack: ExitStack) -> list[Finding]:
    visit.store = stack.enter_context(open_state(visit.settings))
    refuse_doubtful(visit.store, mark_file(visit.settings))
    count = sum(visit.store.count_links().values())
    return [
        Finding("state", Grade.PASS, f"opens and is whole; {counted(count, 'link')}"),
        *_room(visit.store),
    ]


def _room(store: Store) -> list[Finding]:
    """A run does not start without room to note what it does."""
    if store.path is None:
        return []
    free, least = shutil.disk_usage(store.path.parent).free // 2**20, RESERVE // 2**20
    if free < least:
        message = f"{free:,} MB are free beside {store.path}; a run needs {least}"
        return [Finding("disk", Grade.FAIL, message, "Free some space.", 3)]
    return [Finding("disk", Grade.PASS, f"{free:,} MB are free beside the state")]


def _crm(visit: _Visit, stack: ExitStack, side: Side) -> list[Finding]:
    crm = stack.enter_context(open_crm(visit.settings, side, IMPATIENT))
    identity = crm.identity()
    visit.crms[side], visit.identities[side] = crm, identity
    found = [_who(visit, identity), _clock(identity)]
    if visit.mapping is not None:
        found += [*_objects(crm, visit.mapping), *_opt_outs(crm, visit.mapping)]
    return found


def _who(visit: _Visit, identity: Identity) -> Finding:
    name = LABELS[identity.side]
    what = "a test account" if identity.sandbox else "PRODUCTION"
    before = pinned(visit.store).get(identity.side) if visit.store is not None else None
    if before is not None and before != identity.id:
        fix = "Correct the address or the credentials, or make a new folder with `smarketing init`."
        return Finding(
            name, Grade.FAIL, f"{identity.id} answers, but this installation belongs to {before}", fix, 3
        )
    who = f"answers: {named(identity)}, {what}, time zone {identity.zone}"
    return Finding(name, Grade.PASS, who)


def _clock(identity: Identity) -> Finding:
    """Simulated CRMs keep a clock of their own, so a test account only warns."""
    off = abs((identity.now - datetime.now(UTC)).total_seconds())
    topic = f"{LABELS[identity.side]} clock"
    if off <= SKEW_WARN_S:
        return Finding(topic, Grade.PASS, f"agrees to within {off:.0f} s")
    fix = "Let this machine set its clock from the network (NTP)."
    if identity.sandbox:
        fix = f"Nothing if this is a simulated CRM: its clock is its own, and all goes by it. Else: {fix}"
    fails = off > SKEW_FAIL_S and not identity.sandbox
    return Finding(topic, Grade.FAIL if fails else Grade.WARN, f"is {off:,.0f} s off", fix, 3 if fails else 0)


def _objects(crm: Crm, mapping: Rules) -> list[Finding]:
    """Whether this user may see each object type."""
    types = [type for objects in mapping.objects.values() for type in objects.types[crm.side]]
    found: list[Finding] = []
    for type in dict.fromkeys(types):
        found += list(_tried(f"{LABELS[crm.side]} {type}", lambda type=type: _schema(crm, type)))  # type: ignore[misc]
    bad = [finding for finding in found if finding.grade is not Grade.PASS]
    return bad or [Finding(f"{LABELS[crm.side]} objects", Grade.PASS, ", ".join(dict.fromkeys(types)))]


def _schema(crm: Crm, type: str) -> list[Finding]:
    crm.schema(type)
    return [Finding(type, Grade.PASS, "")]


@runtime_checkable
class AsksForOptOuts(Protocol):
    """A CRM in which opt-outs need a permission of their own. Raises Stop with reason permission where it
    is lacking."""

    def ask_for_opt_outs(self) -> None: ...


def _opt_outs(crm: Crm, mapping: Rules) -> list[Finding]:
    """Whether opt-outs of the other CRM can be carried to this one, if the mapping does so."""
    contacts = mapping.objects.get(Kind.CONTACT)
    rules = contacts.fields if contacts is not None else ()
    carried = any(rule.writes(crm.side) and OPT_OUT in rule.columns[crm.side].values() for rule in rules)
    if not carried or not isinstance(crm, AsksForOptOuts):
        return []
    topic = f"{LABELS[crm.side]} opt-outs"
    try:
        crm.ask_for_opt_outs()
    except Stop as stop:
        if stop.reason != "permission":
            raise
        message = f"the token lacks the scope {OPT_OUT_SCOPE}; who opts out in the other CRM would be held"
        fix = f"Add the scope {OPT_OUT_SCOPE} to the service key or private app."
        return [Finding(topic, Grade.WARN, message, fix, 1)]
    return [Finding(topic, Grade.PASS, "the token may see to them")]


def _both(visit: _Visit) -> Iterator[Finding]:
    """Questions that need both CRMs."""
    mapping = visit.mapping
    if mapping is None or len(visit.crms) < len(Side):
        return
    yield from _tried("fields", lambda: _fields(mapping, visit.crms))
    yield from _tried("mapping, live", lambda: _live(mapping, visit.crms))
    yield from _tried("owners", lambda: [_owners({side: crm.owners() for side, crm in visit.crms.items()})])
    for side, crm in visit.crms.items():
        yield from _tried(f"{LABELS[side]} allowance", lambda crm=crm: _allowance(crm))  # type: ignore[misc]


def _fields(mapping: Rules, crms: Mapping[Side, Crm]) -> list[Finding]:
    plan = plan_install(crms, mapping.own_fields)
    conflicts, missing = plan.in_state(FieldState.CONFLICT), plan.in_state(FieldState.ADD)
    if conflicts:
        first = conflicts[0]
        message = (
            f"{len(conflicts)} in conflict, first {first.field.type}.{first.field.column}: {first.reason}"
        )
        return [Finding("fields", Grade.FAIL, message, "See: smarketing install", 3)]
    if missing:
        return [
            Finding(
                "fields",
                Grade.WARN,
                f"{len(missing)} of {len(plan.items)} are not installed yet",
                "Run: smarketing install",
                1,
            )
        ]
    return [Finding("fields", Grade.PASS, f"all {len(plan.items)} of the connector's own are there")]


def _live(mapping: Rules, crms: Mapping[Side, Crm]) -> list[Finding]:
    """Our own fields are left out: the question before this one speaks of them."""
    ours = {(field.type, field.column) for field in mapping.own_fields}
    columns = {column for _, column in ours}
    told = live_problems(mapping, crms)
    found = [p for p in errors(told) if not any(column in p.message for column in columns)]
    persons = next((p.message for p in told if p.rule == "person-account"), None)
    more = [Finding("person accounts", Grade.WARN, persons, PERSONS)] if persons else []
    if not found:
        return [Finding("mapping, live", Grade.PASS, "fits the fields and picklists of both CRMs"), *more]
    return [
        *more,
        Finding(
            "mapping, live",
            Grade.FAIL,
            f"{counted(len(found), 'problem')}, first {found[0]}",
            "See: smarketing check --live",
            2,
        ),
    ]


def _owners(owners: Mapping[Side, tuple[Owner, ...]]) -> Finding:
    emails = {
        side: {owner.email for owner in found if owner.active and owner.email}
        for side, found in owners.items()
    }
    both = set.intersection(*emails.values())
    everyone = set.union(*emails.values())
    message = f"{len(both)} of {len(everyone)} active owners are in both CRMs by email"
    if not both and everyone:
        fix = "Give each rep the same email address in both CRMs; without it owners are left as they are."
        return Finding("owners", Grade.WARN, message, fix)
    return Finding("owners", Grade.PASS, message)


@runtime_checkable
class TellsAllowance(Protocol):
    """A CRM that says how many requests are left today, and of how many."""

    def allowance(self) -> tuple[int, int]: ...


def _allowance(crm: Crm) -> list[Finding]:
    """Requests left today, where the adapter can tell."""
    if not isinstance(crm, TellsAllowance):
        return []
    left, most = crm.allowance()
    topic = f"{LABELS[crm.side]} allowance"
    message = f"{left:,} of {most:,} requests left today"
    if left < most * LOW_SHARE:
        return [Finding(topic, Grade.WARN, message, "Sync less often, or ask which other tool uses them.")]
    return [Finding(topic, Grade.PASS, message)]
