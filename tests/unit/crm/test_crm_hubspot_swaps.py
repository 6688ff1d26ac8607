"""Addresses that contacts exchange within one batch, against rules of HubSpot's: nobody gets an address that
somebody else has, and nobody without a name may be without one."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from connector.crm.hubspot_swaps import untangle
from connector.model import Op, Result, Verdict, Write


@dataclass
class Contacts:
    """Who has which address. ``nameless``: may not be cleared; ``deaf``: the number of the request of which
    nobody hears the answer."""

    has: dict[str, str | None]
    nameless: frozenset[str] = frozenset()
    deaf: int = -1
    sent: list[str] = field(default_factory=list)

    def send(self, writes: Sequence[Write], results: dict[str, Result]) -> None:
        for write in writes:
            results[write.key] = self._one(write)

    def _one(self, write: Write) -> Result:
        id, wanted = str(write.id), write.values["email"]
        assert wanted is None or isinstance(wanted, str)
        self.sent.append(id)
        if wanted is None and id in self.nameless:
            return Result(write.key, Verdict.REFUSED, id=id, code="INVALID")
        holder = next((other for other, email in self.has.items() if email == wanted and other != id), None)
        if holder is not None and wanted is not None:
            return Result(write.key, Verdict.REFUSED, id=holder, code="CONFLICT")
        self.has[id] = wanted
        lost = len(self.sent) - 1 == self.deaf
        return Result(write.key, Verdict.UNKNOWN if lost else Verdict.DONE, id=id)


def done(contacts: Contacts, **wanted: str) -> dict[str, Verdict]:
    """All are sent in one batch, and what waits is untangled."""
    writes = [Write(id, Op.UPDATE, "contacts", id, {"email": email}) for id, email in wanted.items()]
    results: dict[str, Result] = {}
    contacts.send(writes, results)
    untangle(writes, results, contacts.send)
    return {key: result.verdict for key, result in results.items()}


def test_who_takes_over_an_address_comes_after_who_leaves_it() -> None:
    contacts = Contacts({"1": "a", "2": "b", "3": "c"})
    assert set(done(contacts, **{"1": "b", "2": "c", "3": "d"}).values()) == {Verdict.DONE}
    assert contacts.has == {"1": "b", "2": "c", "3": "d"}


def test_two_circles_in_one_batch() -> None:
    contacts = Contacts({"1": "a", "2": "b", "3": "c", "4": "d", "5": "e"})
    assert set(done(contacts, **{"1": "b", "2": "a", "3": "d", "4": "e", "5": "c"}).values()) == {
        Verdict.DONE
    }
    assert contacts.has == {"1": "b", "2": "a", "3": "d", "4": "e", "5": "c"}


def test_who_has_no_name_keeps_an_address_all_the_time() -> None:
    contacts = Contacts({"1": "a", "2": "b"}, nameless=frozenset("1"))
    assert set(done(contacts, **{"1": "b", "2": "a"}).values()) == {Verdict.DONE}
    assert contacts.has == {"1": "b", "2": "a"}


def test_a_circle_that_cannot_be_broken_stays_refused() -> None:
    contacts = Contacts({"1": "a", "2": "b"}, nameless=frozenset("12"))
    assert set(done(contacts, **{"1": "b", "2": "a"}).values()) == {Verdict.REFUSED}
    assert contacts.has == {"1": "a", "2": "b"}


def test_two_who_want_the_address_of_a_third_get_it_once() -> None:
    contacts = Contacts({"1": "a", "2": "b", "3": "c"})
    found = done(contacts, **{"1": "b", "2": "a", "3": "b"})
    assert (found["1"], found["2"], found["3"]) == (Verdict.DONE, Verdict.DONE, Verdict.REFUSED)


def test_an_address_of_somebody_who_is_not_in_the_batch_stays_refused() -> None:
    contacts = Contacts({"1": "a", "9": "b"})
    assert done(contacts, **{"1": "b"}) == {"1": Verdict.REFUSED}
    assert contacts.sent == ["1"]


def test_nobody_claims_to_know_the_end_when_an_answer_is_lost() -> None:
    """The first request after the batch clears an address."""
    contacts = Contacts({"1": "a", "2": "b"}, deaf=2)
    assert done(contacts, **{"1": "b", "2": "a"})["1"] is Verdict.UNKNOWN
