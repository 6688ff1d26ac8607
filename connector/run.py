"""One run: take the lease, look at both CRMs, and do a cycle and its closing look.

``plan`` and ``sync`` are the same code path; ``plan`` stops before the first write. ``cycle.py`` shows the
order of the stages.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from connector.account import SAMPLE
from connector.crm.base import anybody
from connector.cycle import Cycle
from connector.environment import Environment
from connector.errors import ConfigError, SmarketingError
from connector.lifetime import Alive, Clock, begin_rebuild, end_rebuild, refuse_doubtful
from connector.live import Live, look_at_both
from connector.mapping.live import check_live
from connector.mapping.problem import errors
from connector.model import Ref, Side
from connector.preview import PREVIEWED
from connector.report.runs import Report, both, outcome, summary
from connector.state.pause import Switch
from connector.state.spool import Spool
from connector.sync.progress import Progress, Silent

LEASE_S = 120.0
APPROVED_FOR = timedelta(days=1)
REBUILD = "rebuild"

__all__ = ["APPROVED_FOR", "PREVIEWED", "SAMPLE", "approve", "plan", "rebuild", "sync"]


def sync(
    env: Environment,
    *,
    full: bool = False,
    only: Ref | None = None,
    progress: Progress | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Report:
    """Bring both CRMs together once. Raises SmarketingError (Stop(reason="paused") while a person's pause
    lasts); whatever was settled before stays settled.

    ``full``: look at every record, not only at what changed. ``only``: one record. ``stop``: asked between
    batches; true ends the run cleanly after the running batch.
    """
    switch = Switch(env.spool_dir, env.store)
    switch.refuse()
    return _in_lease(env, "sync", full, only, progress or Silent(), lambda: stop() or switch.is_on())


def plan(
    env: Environment,
    *,
    full: bool = False,
    only: Ref | None = None,
    progress: Progress | None = None,
    sample: int | None = SAMPLE,
) -> Report:
    """What ``sync`` would do now, without writing to either CRM. Marks the present mapping as previewed.
    ``sample``: how many actions the report lists, None for all."""
    return _in_lease(env, "plan", full, only, progress or Silent(), lambda: False, sample)


def rebuild(
    env: Environment, *, progress: Progress | None = None, stop: Callable[[], bool] = lambda: False
) -> Report:
    """Make the state anew from what both CRMs hold, and write to neither.

    Pairs are found by our link ids, the other CRM's ids and the mapping's keys. What is equal is agreed; what
    differs waits for a person, unless an old base shows that neither side has changed; creates wait for
    approval. Raises as ``sync`` does; a rebuild that was broken off is begun again.
    """
    return _in_lease(env, REBUILD, True, None, progress or Silent(), stop)


def _in_lease(
    env: Environment,
    kind: str,
    full: bool,
    only: Ref | None,
    progress: Progress,
    stop: Callable[[], bool],
    sample: int | None = SAMPLE,
) -> Report:
    def work(lease: Leased) -> Report:
        start = partial(
            Cycle,
            env,
            lease.live,
            kind,
            full,
            only,
            Alive(progress, lease.clock),
            stop,
            lease.number,
            lease.fence,
            lease.clock,
            limit=sample,
        )
        refuse_unfit(env, lease.live)
        return _both_looks(env, start)

    return in_lease(env, kind, work)


@dataclass(frozen=True, slots=True)
class Leased:
    """A run that has the lease. ``number``: its own; ``fence``: the lease's."""

    live: Live
    number: int
    fence: int
    clock: Clock


def in_lease(env: Environment, kind: str, work: Callable[[Leased], Report]) -> Report:
    """Look at both CRMs, take the lease, do the work, and note how it ended. Raises what the work raises."""
    started = time.monotonic()
    if kind != REBUILD:
        refuse_doubtful(env.store, env.mark)
    live = look_at_both(env.crms, env.store, env.key, env.rules, env.region)
    fence = env.store.acquire(env.host, LEASE_S, live.now)
    try:
        fence = begin_rebuild(env.store, env.mark) if kind == REBUILD else fence
        number = env.store.start_run(kind, live.now, env.rules.digest)
        clock = Clock(env.store, env.mark if kind != REBUILD else None, live.now)
        try:
            with _permitted(env, clock):
                report = work(Leased(live, number, fence, clock))
        except SmarketingError as error:
            with suppress(SmarketingError):  # the first error is the one to tell
                env.store.finish_run(number, clock(), {"error": error.message}, "failed")
            raise
        report = replace(
            report,
            requests=_requests(env),
            seconds=round(time.monotonic() - started, 2),
            paused=report.interrupted and Switch(env.spool_dir, env.store).is_on(),
        )
        if kind == REBUILD and not report.interrupted:
            end_rebuild(env.store, env.mark)
        env.store.finish_run(number, clock(), summary(report), outcome(report))
        clock()
        return report
    finally:
        env.store.release()


@contextmanager
def _permitted(env: Environment, clock: Clock) -> Iterator[None]:
    """While the run is at work, each request that writes renews the lease right before it leaves: whoever was
    frozen until another run took over sends nothing more."""
    for crm in env.crms.values():
        crm.permit = clock
    try:
        yield
    finally:
        for crm in env.crms.values():
            crm.permit = anybody


def _both_looks(env: Environment, start: Callable[..., Cycle]) -> Report:
    """The run, and its closing look at what it stirred up."""
    with Spool(env.spool_dir) as spool:
        run = start(spool=spool)
        report = replace(run.go(), mapping_changed=run.anew)
    if not run.stirred or report.interrupted:
        return report
    with Spool(env.spool_dir) as spool:
        return both(report, start(spool=spool, closing=run.stirred).go())


def refuse_unfit(env: Environment, live: Live) -> None:
    """A mapping that nobody has previewed yet must fit both CRMs; what drifts later holds single fields.

    Raises ConfigError with every problem, file and line.
    """
    if env.store.get_meta(PREVIEWED) == env.rules.digest:
        return
    found = errors(check_live(env.rules, live.schemas))
    if found:
        raise ConfigError(
            "the mapping does not fit the CRMs",
            fix="mend the lines above; `smarketing check --live` checks them without a run",
            problems=tuple(str(problem) for problem in found),
        )


def _requests(env: Environment) -> dict[Side, dict[str, int]]:
    return {side: dict(crm.usage.by_kind) for side, crm in env.crms.items()}


def approve(env: Environment, hash: str, now: datetime) -> Any:
    """Let exactly the listed actions of a plan through, until they are settled or a day has passed.

    Raises ConfigError when no plan of that name waits. Returns the store's Approval.
    """
    approval = env.store.approve(hash, now, now + APPROVED_FOR)
    env.store.set_meta(PREVIEWED, approval.plan.mapping_digest)
    return approval
