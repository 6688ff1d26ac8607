"""The connector keeps to what the CRMs allow: it waits before it is refused, uses what it may, and leaves a
part of each day to others.

Time passes here only while the connector waits, so that its pace is all that there is.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from setting import Firm, firm
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connector.crm.hubspot import HubSpot
from connector.errors import Stop
from connector.model import Side
from connector.sandbox.hubspot.limits import EDITIONS
from connector.sync.guards import Limits

PROFESSIONAL = EDITIONS["professional"]
NO_LIMIT = Limits(*[10**9] * 6)


@pytest.fixture
def limited(tmp_path: Path) -> Iterator[Firm]:
    """A firm whose CRMs enforce the limits of their edition."""
    with firm(tmp_path, edition="professional") as made:
        yield made


def statuses(office: Firm) -> Counter[int]:
    """Counts the status of every answer from now on."""
    found: Counter[int] = Counter()

    def before(_side: str, _scope: Scope, app: ASGIApp) -> ASGIApp:
        async def counting(scope: Scope, receive: Receive, send: Send) -> None:
            async def counted(message: Message) -> None:
                if message["type"] == "http.response.start":
                    found[message["status"]] += 1
                await send(message)

            await app(scope, receive, counted)

        return counting

    office.world.hooks.insert(0, before)  # type: ignore[arg-type]
    return found


def ask(office: Firm, times: int, what: Callable[[], object]) -> tuple[float, Counter[int]]:
    """Asks so many times; the seconds that it took."""
    found, start = statuses(office), office.world.clock.now()
    for _ in range(times):
        what()
    return (office.world.clock.now() - start).total_seconds(), found


def test_requests_come_as_fast_as_hubspot_allows_and_draw_no_refusal(limited: Firm) -> None:
    """Of 190 requests in ten seconds 95 % are used."""
    identity = limited.crms[Side.HUBSPOT].identity
    ask(limited, PROFESSIONAL.burst, identity)  # the first ten seconds are free
    seconds, found = ask(limited, 380, identity)
    assert found == {200: 380}
    assert 0.93 < 380 / seconds / (PROFESSIONAL.burst / 10) <= 0.96


def test_searches_keep_to_their_own_limit(limited: Firm) -> None:
    """Five a second, whatever else is asked."""
    hubspot = limited.crms[Side.HUBSPOT]
    hubspot.schema("companies")  # is asked for once
    seconds, found = ask(limited, 40, lambda: list(hubspot.find("companies", "name", ["X"], ["name"])))
    assert found == {200: 40}
    assert 0.9 < 40 / (seconds + 1) / 5 <= 1


def test_what_another_program_uses_up_is_left_to_it(limited: Firm) -> None:
    """Two adapters with one token, as two processes have: both learn from HubSpot's own count. Hardly ever is
    one refused, and then it waits."""
    crms = limited.crms
    clock = limited.world.clock
    other = HubSpot(
        "sandbox",
        base_url=limited.running.hubspot_url,
        sleep=clock.advance,
        clock=lambda: clock.now().timestamp(),
    )
    ask(limited, 100, lambda: (crms[Side.HUBSPOT].identity(), other.identity()))
    seconds, found = ask(limited, 200, lambda: (crms[Side.HUBSPOT].identity(), other.identity()))
    other.close()
    assert (found[200], found[429] <= 4) == (400, True)
    assert 400 / seconds / (PROFESSIONAL.burst / 10) > 0.8


@pytest.mark.parametrize("contacts", [60, pytest.param(2_000, marks=pytest.mark.proof)])
def test_a_first_sync_draws_no_refusal(tmp_path: Path, contacts: int) -> None:
    with firm(tmp_path, contacts=contacts, edition="professional") as office:
        office.limits = NO_LIMIT
        found = statuses(office)
        assert office.sync().failed == 0
        assert found.keys() <= {200, 201, 204, 207}


@pytest.mark.parametrize("side", Side)
def test_the_reserve_of_a_day_stays_untouched_and_the_next_day_nothing_is_missing(
    limited: Firm, side: Side
) -> None:
    """Other programs have used nearly all. The sync stops before it takes the rest, with a word when it goes
    on; the day after everything arrives."""
    limited.contact(email="a@x.nl", lastname="A")
    if side is Side.HUBSPOT:
        limited.world.hubspot.limits.spend(int(limited.world.hubspot.limits.daily * 0.96))
    else:
        limited.world.salesforce.limits.others.add(int(limited.world.salesforce.limits.daily * 0.96))
    with pytest.raises(Stop, match="reserve") as stopped:
        limited.sync()
    assert (stopped.value.reason, limited.live("Lead")) == ("daily limit", [])
    found = statuses(limited)
    with pytest.raises(Stop):
        limited.sync()
    assert found.total() <= 4, "it only asks whether a new day has begun"
    limited.pass_time(25 * 60)
    limited.settle()
    assert [lead["LastName"] for lead in limited.live("Lead")] == ["A"]
