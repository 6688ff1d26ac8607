"""Settings -> everything a run needs: both CRMs, the state, the key, the mapping.

Enters: Settings. Leaves: open things in ``with`` blocks, closed in the end. Secrets are read here, handed
to the adapters, and kept nowhere else.
"""

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Protocol, runtime_checkable

from connector.crm.base import Crm
from connector.crm.hubspot import HubSpot
from connector.crm.retry import Policy
from connector.crm.salesforce import Salesforce
from connector.crm.salesforce_auth import Login
from connector.environment import Environment
from connector.errors import ConfigError
from connector.live import Live, look_at_both
from connector.mapping.load import load_or_raise
from connector.mapping.objects import STAGE
from connector.mapping.problem import Problem
from connector.mapping.rules import Mapping as Rules
from connector.model import Kind, Side
from connector.schema import Schema
from connector.secret import SecretRef
from connector.settings import Settings
from connector.state.key import Key
from connector.state.spool import remove_leftovers as remove_spools
from connector.state.store import Store, open_store
from connector.sync.guards import Limits

CONNECT_S = 5.0


def load_mapping(settings: Settings) -> Rules:
    """The mapping files, checked. Raises ConfigError with all problems."""
    return load_or_raise(settings.mapping.folder, settings.mapping.language)


def mark_file(settings: Settings) -> Path:
    """The file beside the key that notes how far the state had come when it was used last."""
    return settings.state.key_file.with_name(settings.state.key_file.name + ".seen")


def load_key(settings: Settings) -> Key:
    """The installation's key. Raises ConfigError when it is missing or others could read it."""
    return Key.load(settings.state.key_file)


@contextmanager
def open_state(settings: Settings) -> Iterator[Store]:
    """The state. Raises ConfigError, Retry or Stop as ``open_store`` does."""
    key = load_key(settings)
    url = state_url(settings)
    with open_store(url, key) as store:
        yield store


def is_shared(settings: Settings) -> bool:
    """Whether the state is a PostgreSQL, which other hosts may work with too. Raises ConfigError when its
    URL cannot be read."""
    return state_url(settings).startswith("postgresql")


def state_url(settings: Settings) -> str:
    """Where the state is, by the config. Raises ConfigError when its secret is missing."""
    url = settings.state.url
    if isinstance(url, SecretRef):
        return url.read(os.environ).reveal()
    return url or f"sqlite:///{work_folder(settings) / 'state.db'}"


def work_folder(settings: Settings) -> Path:
    """The folder of the state and of work files, made when it is missing. Raises ConfigError."""
    folder = settings.state.folder
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        fix = "Name a folder that you may write to, as state.folder."
        raise ConfigError(f"cannot make {folder}: {error.strerror}", fix=fix) from None
    return folder


@contextmanager
def open_crm(settings: Settings, side: Side, policy: Policy | None = None) -> Iterator[Crm]:
    """One CRM; nothing is sent yet. ``policy``: how stubborn it is when a CRM does not answer.

    Raises ConfigError when a secret is missing.
    """
    read_secrets(settings, side)
    crm = _hubspot(settings, policy) if side is Side.HUBSPOT else _salesforce(settings, policy)
    try:
        yield crm
    finally:
        crm.close()


@contextmanager
def open_crms(settings: Settings) -> Iterator[dict[Side, Crm]]:
    """Both CRMs. Raises ConfigError that lists every missing secret."""
    read_secrets(settings, *Side)
    with ExitStack() as stack:
        yield {side: stack.enter_context(open_crm(settings, side)) for side in Side}


def read_secrets(settings: Settings, *sides: Side) -> None:
    """Makes sure that the credentials of these sides can be had. Raises one ConfigError for all that
    can't."""
    failed: dict[str, ConfigError] = {}
    for name, ref in _secret_refs(settings, sides):
        try:
            ref.read(os.environ)
        except ConfigError as error:
            failed[name] = error
    if failed:
        problems = tuple(f"{settings.file.name}: {name}: {error.message}" for name, error in failed.items())
        fix = next(iter(failed.values())).fix
        raise ConfigError("credentials are missing", fix=fix, problems=problems)


def _secret_refs(settings: Settings, sides: Collection[Side]) -> Iterator[tuple[str, SecretRef]]:
    own = settings.salesforce
    if Side.HUBSPOT in sides:
        yield "hubspot.token", settings.hubspot.token
    if Side.SALESFORCE in sides:
        named = (
            ("client_id", own.client_id),
            ("client_secret", own.client_secret),
            ("private_key", own.private_key),
        )
        yield from ((f"salesforce.{name}", ref) for name, ref in named if ref is not None)


def _hubspot(settings: Settings, policy: Policy | None) -> Crm:
    own = settings.hubspot
    return HubSpot(_asked(own.token), own.url, own.api_version, (CONNECT_S, own.timeout_s), policy=policy)


def _salesforce(settings: Settings, policy: Policy | None) -> Crm:
    own = settings.salesforce
    login = Login(
        url=own.url,
        client_id=own.client_id.read(os.environ).reveal(),
        client_secret=_asked(own.client_secret) if own.client_secret else None,
        username=own.username or "",
        private_key=_asked(own.private_key) if own.private_key else None,
    )
    return Salesforce(login, own.api_version, (CONNECT_S, own.timeout_s), policy=policy)


def _asked(ref: SecretRef) -> Callable[[], str]:
    """The secret is read whenever it is needed, so that a rotated one is picked up."""
    return lambda: ref.read(os.environ).reveal()


@contextmanager
def open_environment(settings: Settings) -> Iterator[Environment]:
    """Everything a run needs. The mapping is checked first, then the secrets, then the state; nothing is
    sent yet."""
    mapping = load_mapping(settings)
    with open_crms(settings) as crms, open_state(settings) as store:
        yield Environment(
            rules=mapping,
            crms=crms,
            store=store,
            key=load_key(settings),
            mark=mark_file(settings),
            spool_dir=work_folder(settings),
            limits=Limits(**settings.guards),
            overlap=timedelta(seconds=settings.sync.overlap_s),
            associations=timedelta(seconds=settings.sync.associations_s),
            region=settings.mapping.region,
            host="smarketing",
        )


def look(env: Environment) -> Live:
    """What both CRMs say of themselves now, as a run has it. Raises what the run would raise."""
    return look_at_both(env.crms, env.store, env.key, env.rules, env.region)


def live_problems(mapping: Rules, crms: Mapping[Side, Crm]) -> list[Problem]:
    """Compares the mapping with what both CRMs say of their fields. One schema request per object type, and
    one about the history of the stage where the CRM can tell."""
    from connector.mapping.live import check_live

    schemas = read_schemas(mapping, crms)
    return list(check_live(mapping, schemas, _untracked(mapping, crms)))


@runtime_checkable
class TellsTracking(Protocol):
    """A CRM that keeps the history of those fields only that an admin chose, and says which they are."""

    def untracked(self, type: str, columns: Sequence[str]) -> frozenset[str] | None: ...


def _untracked(mapping: Rules, crms: Mapping[Side, Crm]) -> list[tuple[Side, str, str]]:
    """Side, object and column of each stage of a person whose history the CRM does not keep."""
    people = mapping.objects[Kind.CONTACT].field(STAGE)
    return [
        (side, type, column)
        for side, crm in crms.items()
        if isinstance(crm, TellsTracking)
        for type, column in people.columns.get(side, {}).items()
        if column in (crm.untracked(type, [column]) or ())
    ]


def read_schemas(mapping: Rules, crms: Mapping[Side, Crm]) -> dict[Side, dict[str, Schema]]:
    """The live schemas of all mapped object types."""
    types = {side: [t for objects in mapping.objects.values() for t in objects.types[side]] for side in Side}
    return {side: {type: crms[side].schema(type) for type in dict.fromkeys(types[side])} for side in Side}


def remove_leftovers(settings: Settings) -> int:
    """Deletes work files of runs that died; returns how many. Those of a run at work are left alone."""
    return remove_spools(settings.state.folder)
