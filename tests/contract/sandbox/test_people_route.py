"""`POST /_sandbox/people`: scenarios in any language let people work, and read what they did."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sandbox_crms import MONDAY, Crms


def test_some_hours_of_work_are_told_act_by_act(crms: Crms) -> None:
    found = crms.hubspot("POST", "/_sandbox/people", {"seed": 4, "hours": 30}).json()
    assert found["now"].startswith("2026-11-24T15:00:00")
    assert [act["at"] for act in found["acts"]] == sorted(act["at"] for act in found["acts"])
    assert {"at", "who", "what", "records"} == found["acts"][0].keys()
    assert found["refused"] == {}
    assert crms.world.clock.now() > MONDAY


def test_work_until_a_moment_and_over_days(crms: Crms) -> None:
    until = {"seed": 4, "until": "2026-11-23T18:00:00+01:00"}
    assert crms.salesforce("POST", "/_sandbox/people", until).json()["now"].startswith("2026-11-23T17:00:00")
    found = crms.salesforce("POST", "/_sandbox/people", {"days": 2, "rare": False}).json()
    assert found["now"].startswith("2026-11-25T16:00:00")


def test_an_event_happens_on_demand(crms: Crms) -> None:
    body = {"event": "bulk_load", "options": {"rows": 7}}
    (act,) = crms.salesforce("POST", "/_sandbox/people", body).json()["acts"]
    assert (act["what"], len(act["records"])) == ("bulk_load", 7)


def test_both_crms_answer_while_people_work(crms: Crms) -> None:
    """Weeks of work asked for in one request do not make the clients of both CRMs wait for its end."""
    seen = []
    with ThreadPoolExecutor() as pool:
        weeks = pool.submit(crms.hubspot, "POST", "/_sandbox/people", {"seed": 4, "days": 20})
        while not weeks.done():
            seen.append(crms.salesforce("GET", "/_sandbox/clock").json()["now"])
    assert len({each for each in seen if MONDAY.isoformat() < each < weeks.result().json()["now"]}) > 10


def test_work_that_is_asked_for_meanwhile_comes_afterwards(crms: Crms) -> None:
    """Two requests for work at once do what they would one after the other."""
    with ThreadPoolExecutor() as pool:
        weeks = [pool.submit(crms.hubspot, "POST", "/_sandbox/day", {"seed": 4, "days": 5}) for _ in range(2)]
        assert [each.result().status_code for each in weeks] == [200, 200]
    assert crms.world.clock.now().date().isoformat() == "2026-12-07"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"event": "earthquake"}, 404),
        ({"event": "bulk_load", "options": {"colour": 1}}, 400),
        ({"event": "bulk_load", "options": {"rows": "many"}}, 400),
        ({"event": "bulk_load", "options": {"rows": -1}}, 400),
        ({"event": "bulk_load", "options": 3}, 400),
        ({"until": "2026-11-23T18:00:00"}, 400),
        ({"until": "tomorrow"}, 400),
        ({"until": "2036-11-23T18:00:00+01:00"}, 400),
        ({"days": 0}, 400),
        ({"days": 10_000}, 400),
        ({"hours": -3}, 400),
        ({"hours": 10**8}, 400),
        ({"seed": "x"}, 400),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(crms: Crms, body: dict[str, object], status: int) -> None:
    answer = crms.hubspot("POST", "/_sandbox/people", body)
    assert (answer.status_code, list(answer.json())) == (status, ["error"])
    assert crms.world.clock.now() == MONDAY


def test_several_days_are_counted(crms: Crms) -> None:
    done = crms.hubspot("POST", "/_sandbox/day", {"seed": 4, "days": 3}).json()
    assert done["contact_at_handover"] > 1
    assert crms.world.clock.now().date().isoformat() == "2026-11-26"
