"""The disk fills up while a sync is at work: it stops, says so, and the next sync finishes the work.

A full disk is made by a limit on the size of files (setrlimit(2), RLIMIT_FSIZE): from that moment on the
process can make no file longer, its state included. Sent requests and answers are not concerned.
"""

import resource
import time
from pathlib import Path

import orjson
import pytest
from desk import Desk

from connector.model import LinkState

pytestmark = pytest.mark.skipif(
    not hasattr(resource, "prlimit"), reason="only Linux can limit a process that runs"
)

PEOPLE = 8
CREATE = "/services/data/v64.0/composite/sobjects"


def fill_up(pid: int) -> None:
    """From now on that process finds no room for a single byte more."""
    _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, hard))


def told(out: str, place: Path) -> None:
    """The message of the one JSON object: it names the file, the disk and what to do."""
    error = orjson.loads(out)["error"]
    assert str(place) in error["message"]
    assert "disk is full" in error["message"]
    assert "free some space" in error["fix"].lower()


@pytest.fixture
def ready(empty_desk: Desk) -> Desk:
    """Installed and planned; so many people wait at the hand-over."""
    for n in range(PEOPLE):
        person = {"email": f"p{n}@x.nl", "lastname": f"P{n}", "lifecyclestage": "salesqualifiedlead"}
        empty_desk.world.hubspot.user_create("contacts", person)
    empty_desk.ask("install", "--yes")
    assert empty_desk.ask("plan", code=None)["created"] == PEOPLE
    return empty_desk


def wait_until_it_has_arrived(desk: Desk) -> None:
    """The request that Salesforce is slow to answer is on its way (at most 30 s)."""
    end = time.monotonic() + 30
    while not desk.world.faults.listing()[0]["fired"]:
        assert time.monotonic() < end, "nothing was sent"
        time.sleep(0.01)


def finish(desk: Desk) -> None:
    """There is room again: the work is finished, once, and nobody is doubled."""
    for _ in range(3):
        last = desk.ask("sync", code=None)
    assert (last["writes"], last["stopped_by"]) == (0, None)
    leads = desk.people("salesforce")
    assert sorted(lead["LastName"] for lead in leads) == [f"P{n}" for n in range(PEOPLE)]
    link_ids = {person["properties"].get("smk_link_id") for person in desk.people("hubspot")}
    assert {lead["SMK_Link_Id__c"] for lead in leads} == link_ids


def test_a_disk_that_fills_up_while_records_are_being_created_doubles_nobody(ready: Desk) -> None:
    """Salesforce has the new leads, and the state could not be told: the worst moment. The next sync finds
    them by the link id that each of them carries."""
    late = {
        "match": {"side": "salesforce", "method": "POST", "path_prefix": CREATE},
        "answer": {"delay_ms": 1500},
    }
    ready.world.faults.add(late)
    process = ready.start("sync", "--json")
    wait_until_it_has_arrived(ready)
    fill_up(process.pid)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 3, out + err
    assert "Traceback" not in err
    told(out, ready.folder / ".state" / "state.db")
    created = {lead["Id"] for lead in ready.people("salesforce")}
    assert len(created) == PEOPLE, "Salesforce carried the write out"
    with ready.store() as store:
        assert len(store.open_intents()) == PEOPLE
        assert not any(state is LinkState.LINKED for _, state in store.count_links())
    ready.world.faults.clear()
    finish(ready)
    assert {lead["Id"] for lead in ready.people("salesforce")} == created


def test_a_disk_that_is_full_from_the_start_stops_a_sync_before_anything_is_sent(ready: Desk) -> None:
    """What could not be noted is not done."""
    process = ready.start("sync", "--json", preexec_fn=lambda: fill_up(0))
    out, err = process.communicate(timeout=60)
    assert process.returncode == 3, out + err
    assert "Traceback" not in err
    told(out, ready.folder / ".state")
    assert ready.people("salesforce") == []
    assert not any(person["properties"].get("smk_link_id") for person in ready.people("hubspot"))
    finish(ready)


def test_a_process_that_may_open_no_more_files_stops_with_words_and_doubles_nobody(ready: Desk) -> None:
    """Its share of open files is used up while Salesforce makes the leads."""
    process = ready.caught_writing("sync", delay_s=1.0)
    taken = {int(each.name) for each in Path(f"/proc/{process.pid}/fd").iterdir()}
    lowest = next(number for number in range(len(taken) + 1) if number not in taken)
    _, hard = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (lowest, hard))
    out, err = process.communicate(timeout=60)
    assert process.returncode == 3, out + err
    assert "Traceback" not in err
    error = orjson.loads(out)["error"]
    assert "open files" in error["message"]
    assert "ulimit -n" in error["fix"]
    created = {lead["Id"] for lead in ready.people("salesforce")}
    ready.world.faults.clear()
    finish(ready)
    assert {lead["Id"] for lead in ready.people("salesforce")} >= created
