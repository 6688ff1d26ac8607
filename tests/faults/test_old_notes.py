"""An update of the program while a write is open: the note of that write has a shape that nobody knows.

What can be understood is resolved by reading, the rest is asked; nothing is sent again, and nothing crashes.
"""

import sqlite3
from contextlib import closing

import pytest
import requests
from setting import Firm

from connector.model import Side

FIRST_SHAPE = 5
"""Fields of a note in the first version: the field, its column, what was wanted, what caused it, and why."""


def interrupted(acme: Firm, answer: str) -> tuple[str, str]:
    """Marketing corrects a title; the answer of Salesforce is lost, or the request never arrives."""
    contact = acme.contact(email="a@x.nl", lastname="A", jobtitle="Inkoper", city="Gent")
    acme.settle()
    acme.in_hubspot(contact, jobtitle="CFO")
    match = {"method": "PATCH", "path_prefix": "/services/data/v64.0/composite/sobjects"}
    rule = {"match": match, "answer": answer}
    requests.post(f"{acme.running.hubspot_url}/_sandbox/faults", json=rule, timeout=5).raise_for_status()
    assert acme.sync().failed == 1
    return contact, acme.partner(contact).id


def rewritten(acme: Firm, **columns: object) -> None:
    """The open note as another version of the program has left it."""
    with closing(sqlite3.connect(str(acme.store.path))) as state:
        for column, value in columns.items():
            assert state.execute(f"update intents set {column} = ?", (value,)).rowcount == 1
        state.commit()


def as_first_written(acme: Firm) -> bytes:
    (intent,) = acme.store.open_intents()
    lines = intent.after.decode().splitlines()
    return "\n".join("\t".join(line.split("\t")[:FIRST_SHAPE]) for line in lines).encode()


UNKNOWN_SHAPES = [
    b'{"v": 1, "job_title": {"column": "Title", "wanted": "5d41402abc4b2a76"}}',
    b"\xff\xfe no text at all",
    b"job_title\tTitle",
    b"job_title\tTitle\tno hash\t00\tedit",
    b"job_title\tTitle\t00\t00\tno reason",
    b"\t".join([b"job_title", b"Title", b"00", b"00", b"edit", *[b""] * 9]),
]


def titles(acme: Firm, contact: str, lead: str) -> tuple[str, str]:
    return acme.hubspot(contact)["jobtitle"], acme.salesforce(lead)["Title"]


def test_a_note_of_the_first_version_still_tells_our_write_from_an_edit(acme: Firm) -> None:
    """The write had arrived; marketing corrects the title once more before the next sync. The newer title
    wins, although Salesforce wins a clash."""
    contact, lead = interrupted(acme, "apply_then_drop")
    rewritten(acme, after=as_first_written(acme))
    acme.in_hubspot(contact, jobtitle="CEO")
    acme.settle()
    assert titles(acme, contact, lead) == ("CEO", "CEO")
    assert acme.store.open_reviews() == []


@pytest.mark.parametrize("shape", UNKNOWN_SHAPES)
def test_a_write_that_arrived_is_agreed_whatever_its_note_looks_like(acme: Firm, shape: bytes) -> None:
    contact, lead = interrupted(acme, "apply_then_drop")
    rewritten(acme, after=shape)
    assert acme.sync().failed == 0
    acme.settle()
    assert (titles(acme, contact, lead), acme.store.open_reviews()) == (("CFO", "CFO"), [])
    acme.in_salesforce(lead, Title="CPO")
    acme.settle()
    assert titles(acme, contact, lead) == ("CPO", "CPO")


@pytest.mark.parametrize("shape", UNKNOWN_SHAPES)
def test_what_nobody_can_tell_any_more_is_asked_and_not_sent_again(acme: Firm, shape: bytes) -> None:
    """The request never arrived; but that the other title is not a rep's edit, no note tells. The city, of
    which the note does not speak, is synced as ever."""
    contact, lead = interrupted(acme, "drop")
    rewritten(acme, after=shape)
    acme.in_hubspot(contact, city="Aalst")
    acme.settle()
    assert acme.store.open_intents() == []
    assert titles(acme, contact, lead) == ("CFO", "Inkoper")
    assert acme.salesforce(lead)["City"] == "Aalst"
    (item,) = acme.store.open_reviews()
    assert (item.review.code, item.review.field, item.review.candidates[0].id) == (
        "unsure",
        "job_title",
        lead,
    )
    acme.store.resolve_review(item.id, Side.HUBSPOT.value, acme.now())
    acme.settle()
    assert (titles(acme, contact, lead), acme.store.open_reviews()) == (("CFO", "CFO"), [])


def test_a_note_that_does_not_even_name_its_fields_puts_the_whole_record_in_doubt(acme: Firm) -> None:
    contact, lead = interrupted(acme, "drop")
    rewritten(acme, after=b"{}", columns='{"Title": "text"')
    acme.in_hubspot(contact, city="Aalst")
    acme.settle()
    assert titles(acme, contact, lead) == ("CFO", "Inkoper")
    assert acme.salesforce(lead)["City"] == "Gent"
    asked = sorted((item.review.code, item.review.field) for item in acme.store.open_reviews())
    assert asked == [("unsure", "city"), ("unsure", "job_title")]
