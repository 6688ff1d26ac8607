"""The line breaks inside an answer, at any byte: what is read is whole or not there, and of a write nobody
claims to know what became of it.

A TCP proxy between the adapters and the simulated CRMs cuts, resets, slows and falsifies one answer. `make
proof` cuts at each byte; here at a few.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import proxy
import pytest
from proxy import Proxy, Spoil

from connector.crm.base import Crm
from connector.crm.hubspot import HubSpot
from connector.crm.salesforce import Salesforce
from connector.crm.salesforce_auth import Login
from connector.errors import Retry
from connector.model import Op, Side, Verdict, Write
from connector.sandbox.serve import start
from connector.sandbox.world import World

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
PEOPLE = 3
TYPES = {Side.HUBSPOT: "contacts", Side.SALESFORCE: "Lead"}
LAST = {Side.HUBSPOT: "lastname", Side.SALESFORCE: "LastName"}
EMAIL = {Side.HUBSPOT: "email", Side.SALESFORCE: "Email"}


@dataclass
class Line:
    """One adapter behind a line that may break."""

    crm: Crm
    world: World
    line: Proxy
    ids: list[str]

    @property
    def type(self) -> str:
        return TYPES[self.crm.side]

    @property
    def store(self) -> Any:
        return self.world.hubspot if self.crm.side is Side.HUBSPOT else self.world.salesforce


@pytest.fixture(scope="module", params=list(Side))
def broken(request: pytest.FixtureRequest) -> Iterator[Line]:
    world, side = World(None, 1), request.param
    store: Any = world.hubspot if side is Side.HUBSPOT else world.salesforce
    rows = [{LAST[side]: f"P{n}", EMAIL[side]: f"p{n}@x.nl"} for n in range(PEOPLE)]
    if side is Side.SALESFORCE:
        rows = [{**row, "Company": "C"} for row in rows]
    ids = list(store.load(TYPES[side], rows))
    with start(world) as running:
        real = running.hubspot_url if side is Side.HUBSPOT else running.salesforce_url
        with Proxy(int(real.rpartition(":")[2])) as line:
            crm: Crm
            if side is Side.HUBSPOT:
                crm = HubSpot("sandbox", base_url=line.url, timeout=(1, 1), sleep=lambda _: None)
            else:
                login = Login(line.url, "sandbox", "sandbox")
                crm = Salesforce(login, timeout=(1, 1), sleep=lambda _: None)
            crm.identity()
            yield Line(crm, world, line, ids)
            crm.close()
    world.close()


def read(broken: Line) -> object:
    return broken.crm.read(broken.type, broken.ids, [LAST[broken.crm.side]])


def scan(broken: Line) -> object:
    return [page.records for page in broken.crm.scan(broken.type, [LAST[broken.crm.side]])]


def changed(broken: Line) -> object:
    pages = broken.crm.changed(broken.type, LONG_AGO, [LAST[broken.crm.side]])
    return sorted(repr(record.ref) for page in pages for record in page.records)


def find(broken: Line) -> object:
    fields = (EMAIL[broken.crm.side], ["p1@x.nl", "nobody@x.nl"], [LAST[broken.crm.side]])
    return list(broken.crm.find(broken.type, *fields))


def identity(broken: Line) -> object:
    return broken.crm.identity().id


def schema(broken: Line) -> object:
    return broken.crm.schema(broken.type)


READS: tuple[Callable[[Line], object], ...] = (read, scan, changed, find, identity, schema)


def places(broken: Line, ask: Callable[[Line], object]) -> list[int]:
    """Asks once without a fault: the length of each answer."""
    broken.line.arm(0, None)
    ask(broken)
    return list(broken.line.sizes)


def check_read(broken: Line, ask: Callable[[Line], object], at: int, spoil: Spoil) -> bool:
    """An answer that was spoiled is asked for again; what comes out is all of it, or an error that says to
    come back. Whether it was the former."""
    broken.line.arm(0, None)
    whole = ask(broken)
    broken.line.arm(at, spoil)
    try:
        found = ask(broken)
    except Retry:
        return False
    assert found == whole
    return True


def check_write(broken: Line, op: Op, spoil: Spoil) -> Verdict:
    """Of three writes whose answer was spoiled, all or none is known; a second look tells what they did."""
    side = broken.crm.side
    broken.line.arm(0, None)
    more = {"Company": "C"} if side is Side.SALESFORCE else {}
    writes = [
        Write(f"w{n}", op, broken.type, None, {LAST[side]: f"N{n}", **more})
        if op is Op.CREATE
        else Write(f"w{n}", op, broken.type, id, {LAST[side]: f"P{n}"})
        for n, id in enumerate(broken.ids)
    ]
    before = sum(1 for _ in broken.store.all(broken.type))
    broken.line.arm(1, spoil)
    results = broken.crm.write(broken.type, writes)
    (verdict,) = {result.verdict for result in results}
    assert verdict in (Verdict.DONE, Verdict.UNKNOWN)
    grown = sum(1 for _ in broken.store.all(broken.type)) - before
    assert grown == (len(writes) if op is Op.CREATE else 0), "sent once, and never again"
    if verdict is Verdict.DONE and op is Op.CREATE:
        assert all(broken.store.get(broken.type, str(result.id)) for result in results)
    return verdict


def offsets(size: int, n: int, seed: str) -> list[int]:
    """Some bytes of an answer: the first, one of the last (counts in a head may get shorter), and others,
    always the same ones."""
    chance = random.Random(seed)
    return sorted({0, size - 8, *(chance.randrange(size - 8) for _ in range(n))})


@pytest.mark.parametrize("ask", READS)
def test_an_answer_cut_somewhere_is_never_taken_for_a_whole_one(
    broken: Line, ask: Callable[[Line], object]
) -> None:
    for at, size in enumerate(places(broken, ask), 1):
        for byte in offsets(size, 2, f"{ask.__name__}{at}"):
            for spoil in (proxy.cut(byte), proxy.reset(byte)):
                assert check_read(broken, ask, at, spoil)
                assert len(broken.line.sizes) > at, "asked again"


COUNTS = {Side.HUBSPOT: b"ratelimit-daily-remaining: 9", Side.SALESFORCE: b"api-usage="}


def test_a_count_of_requests_left_that_was_cut_is_not_believed(broken: Line) -> None:
    """999,990 requests are left today; of the number only the first digit arrived."""
    broken.line.arm(0, None)
    read(broken)
    head, count = broken.line.head.lower(), COUNTS[broken.crm.side]
    at = head.index(count) + len(count)
    if broken.crm.side is Side.SALESFORCE:
        at = head.index(b"/", at) + 2
    assert check_read(broken, read, 1, proxy.cut(at))
    assert check_read(broken, read, 9, proxy.cut(0)), "it goes on asking"


SPOILS = {
    "false gzip": proxy.false_gzip,
    "longer than true": proxy.longer_than_true,
    "shorter than true": proxy.shorter_than_true,
    "slow": proxy.slow(20),
    "silent": proxy.silence(),
    "bomb": proxy.bomb,
}


@pytest.mark.parametrize("name", SPOILS)
def test_a_false_answer_is_never_taken_for_a_true_one(broken: Line, name: str) -> None:
    assert check_read(broken, read, 1, SPOILS[name])


@pytest.mark.parametrize("op", [Op.CREATE, Op.UPDATE])
@pytest.mark.parametrize("name", SPOILS)
def test_of_a_write_with_a_false_answer_nobody_claims_to_know_the_outcome(
    broken: Line, op: Op, name: str
) -> None:
    expected = Verdict.DONE if name == "slow" else Verdict.UNKNOWN
    assert check_write(broken, op, SPOILS[name]) is expected


@pytest.mark.parametrize("op", [Op.CREATE, Op.UPDATE])
def test_a_write_whose_answer_was_cut_is_unknown_and_not_sent_again(broken: Line, op: Op) -> None:
    check_write(broken, op, proxy.slow(1))
    for byte in offsets(broken.line.sizes[0], 4, op):
        for spoil in (proxy.cut(byte), proxy.reset(byte)):
            assert check_write(broken, op, spoil) is Verdict.UNKNOWN


@pytest.mark.proof
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("how", [proxy.cut, proxy.reset])
@pytest.mark.parametrize("ask", READS)
def test_an_answer_cut_at_any_byte_is_never_taken_for_a_whole_one(
    broken: Line, ask: Callable[[Line], object], how: Callable[[int], Spoil]
) -> None:
    for at, size in enumerate(places(broken, ask), 1):
        for byte in range(min(size - 8, 4000)):
            assert check_read(broken, ask, at, how(byte))


@pytest.mark.proof
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("how", [proxy.cut, proxy.reset])
@pytest.mark.parametrize("op", [Op.CREATE, Op.UPDATE])
def test_a_write_whose_answer_was_cut_at_any_byte_is_unknown(
    broken: Line, op: Op, how: Callable[[int], Spoil]
) -> None:
    check_write(broken, op, proxy.slow(1))
    for byte in range(broken.line.sizes[0] - 8):
        assert check_write(broken, op, how(byte)) is Verdict.UNKNOWN
