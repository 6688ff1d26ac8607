"""HubSpot over a line that does what no honest HubSpot does: cut, shuffled, lying, enormous answers."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from crm_script import Asked, Script, reply

from connector.crm import wire
from connector.crm.hubspot import HubSpot
from connector.errors import ConfigError, Retry, Stop, Unknown
from connector.model import Op, Result, Verdict, Write

MARKER = "canary-7f3a"
STAMP = "2026-11-23T09:00:00.000Z"
PAGE = {"results": [{"id": "1", "properties": {"lastname": "Ås"}, "updatedAt": STAMP}]}


def crm(script: Script, **more: Any) -> HubSpot:
    return HubSpot(MARKER, script.url, sleep=lambda _: None, timeout=(1, 1), **more)


def scan(script: Script) -> list[str]:
    return [r.ref.id for page in crm(script).scan("contacts", ["lastname"]) for r in page.records]


def created(asked: Asked, change: Any = None) -> bytes:
    """An honest 201, its rows changed by ``change``."""
    rows = [
        {
            "id": str(n + 1),
            "properties": i["properties"],
            "updatedAt": STAMP,
            "objectWriteTraceId": i["objectWriteTraceId"],
        }
        for n, i in enumerate(asked.json["inputs"])
    ]
    return reply({"status": "COMPLETE", "results": change(rows) if change else rows}, 201)


def create(script: Script, count: int = 4) -> list[Result]:
    writes = [Write(f"k{n}", Op.CREATE, "contacts", None, {"lastname": f"P{n}"}) for n in range(count)]
    return crm(script).write("contacts", writes)


def test_a_page_cut_anywhere_is_asked_for_again(script: Script) -> None:
    """A page that ends early must never count as a complete page."""
    whole = reply(PAGE)
    start = whole.index(b"\r\n\r\n") + 4
    for cut in range(start, len(whole), 7):
        script.answers[:] = []
        script.will(whole[:cut], whole)
        assert scan(script) == ["1"]


def test_a_page_cut_behind_a_lying_length_is_asked_for_again(script: Script) -> None:
    body = orjson.dumps(PAGE)[:-5]
    script.will(reply(body), reply(PAGE))
    assert scan(script) == ["1"]


@pytest.mark.parametrize(
    "page",
    [
        {},
        {"results": None},
        {"results": {}},
        {"results": [{}]},
        {"results": [{"id": "1", "properties": {}, "updatedAt": "yesterday"}]},
        [],
        None,
        "text",
    ],
)
def test_a_page_of_another_shape_is_not_an_empty_page(script: Script, page: Any) -> None:
    script.will(reply(page))
    with pytest.raises(Unknown):
        scan(script)
    assert len(script.asked) == 5


def test_an_enormous_answer_is_not_read_to_its_end(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "MAX_BODY", 10_000)
    script.will(reply(b"[" + b" " * 50_000))
    with pytest.raises(Unknown, match="more than"):
        scan(script)


def test_shuffled_results_still_reach_their_records(script: Script) -> None:
    script.will(lambda asked: created(asked, lambda rows: rows[::-1]))
    results = create(script)
    assert [(r.key, r.id, r.values["lastname"]) for r in results] == [
        (f"k{n}", str(n + 1), f"P{n}") for n in range(4)
    ]


def test_a_record_that_the_answer_does_not_mention_is_unknown(script: Script) -> None:
    script.will(lambda asked: created(asked, lambda rows: rows[:2] + rows[3:]))
    results = create(script)
    assert [r.verdict for r in results] == [Verdict.DONE, Verdict.DONE, Verdict.UNKNOWN, Verdict.DONE]


def test_results_without_trace_ids_are_guessed_for_nobody(script: Script) -> None:
    """Without the trace id there is only the order, and the order is not promised."""
    script.will(lambda asked: created(asked, lambda rows: [{**r, "objectWriteTraceId": None} for r in rows]))
    assert {r.verdict for r in create(script)} == {Verdict.UNKNOWN}


def test_a_lone_result_with_another_trace_id_is_not_ours(script: Script) -> None:
    """Somebody else's row in an answer is nobody's success, also where only one was asked for."""
    script.will(lambda asked: created(asked, lambda rows: [{**rows[0], "objectWriteTraceId": "other"}]))
    (result,) = create(script, 1)
    assert (result.verdict, result.code) == (Verdict.UNKNOWN, "NOT_ANSWERED")


def test_who_is_told_two_things_is_told_nothing(script: Script) -> None:
    """Two rows for one record, with different ids: which one is it?"""
    script.will(lambda asked: created(asked, lambda rows: [*rows, {**rows[1], "id": "99"}]))
    assert [r.verdict for r in create(script, 3)] == [Verdict.DONE, Verdict.UNKNOWN, Verdict.DONE]


def test_a_poison_record_among_a_hundred_is_isolated_with_few_requests(script: Script) -> None:
    """An old HubSpot fails the whole batch and names nobody."""
    clash = {"category": "CONFLICT", "message": f"Contact already exists. Existing ID: 4711 {MARKER}"}

    def answer(asked: Asked) -> bytes:
        bad = any(i["properties"]["lastname"] == "P57" for i in asked.json["inputs"])
        return reply(clash, 409) if bad else created(asked)

    script.will(answer)
    results = create(script, 100)
    assert [r.key for r in results if r.verdict is not Verdict.DONE] == ["k57"]
    poison = results[57]
    assert (poison.verdict, poison.code, poison.id) == (Verdict.REFUSED, "CONFLICT", "4711")
    assert MARKER not in repr(poison)
    assert len(script.asked) <= 16


def test_a_value_missing_from_a_sparse_answer_is_read(script: Script) -> None:
    """What was written counts only as HubSpot holds it."""
    sparse = [{"id": "1", "properties": {}, "updatedAt": STAMP, "objectWriteTraceId": "k0"}]
    script.will(reply({"results": sparse}, 201), reply(PAGE))
    (result,) = create(script, 1)
    assert (result.verdict, dict(result.values)) == (Verdict.DONE, {"lastname": "Ås"})


def test_an_error_page_that_is_no_text_at_all_is_an_error(script: Script) -> None:
    script.will(reply(b"\xff\xfe\x00<html>", 400), reply(PAGE))
    assert scan(script) == ["1"]


def test_the_messages_of_errors_hold_neither_token_nor_values(
    script: Script, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    body = {"category": "VALIDATION_ERROR", "message": f"Email address {MARKER}@x is invalid {MARKER}"}
    script.will(reply(body, 400))
    with pytest.raises(Stop) as caught:
        scan(script)
    chain = [caught.value, caught.value.__cause__]
    assert all(MARKER not in f"{error!r}{error}" for error in chain)
    assert MARKER not in caplog.text


def test_an_answer_without_a_clock_is_not_an_identity(script: Script) -> None:
    """The cursor stands on the CRM's clock: without one nothing may begin."""
    script.will(reply({"portalId": 1, "timeZone": "Europe/Brussels"}))
    with pytest.raises(Unknown):
        crm(script).identity()


def test_an_identity_tells_time_from_the_date_header(script: Script) -> None:
    script.will(reply({"portalId": 7, "timeZone": "UTC"}, Date="Mon, 23 Nov 2026 09:00:00 GMT"))
    who = crm(script).identity()
    assert (who.id, who.now, who.sandbox) == ("7", datetime(2026, 11, 23, 9, tzinfo=UTC), True)


def test_paths_follow_the_configured_version(script: Script) -> None:
    script.will(reply(PAGE))
    for version, path in (("2026-03", "/crm/objects/2026-03/contacts"), ("v3", "/crm/v3/objects/contacts")):
        list(crm(script, api_version=version).scan("contacts", ["lastname"]))
        assert script.asked[-1].path.partition("?")[0] == path
    assert script.asked[-1].headers["authorization"] == f"Bearer {MARKER}"


def test_search_bodies_stay_below_three_thousand_characters(script: Script) -> None:
    sizes: list[int] = []

    def answer(asked: Asked) -> bytes:
        if "search" in asked.path:
            sizes.append(len(asked.body))
        return reply({"results": []})

    script.will(answer)
    names = [f"Ærø Ångström & Søn nr. {n} 🎉" for n in range(300)] + ["x" * 4000]
    assert list(crm(script).find("companies", "name", names, ["name"])) == []
    assert sizes
    assert max(sizes) < 3000


def test_an_email_that_a_unique_property_clashes_with_names_its_holder(script: Script) -> None:
    inner = [
        {
            "isValid": False,
            "message": f"x {MARKER}",
            "error": "CONFLICTING_UNIQUE_VALUE",
            "name": "smk_link_id",
        }
    ]
    text = f"Property values were not valid: {orjson.dumps(inner).decode()} 4711 already has that value."
    errors = [{"category": "VALIDATION_ERROR", "message": text, "context": {"objectWriteTraceId": ["k0"]}}]
    script.will(reply({"status": "COMPLETE", "results": [], "numErrors": 1, "errors": errors}, 207))
    (result,) = create(script, 1)
    assert (result.verdict, result.code, result.id) == (Verdict.REFUSED, "CONFLICT", "4711")


def test_more_associations_than_fit_into_one_answer_are_all_read(script: Script) -> None:
    def answer(asked: Asked) -> bytes:
        if "associations" not in asked.path:
            return reply({"results": [{"id": "9", "properties": {}, "updatedAt": STAMP}]})
        after = asked.json["inputs"][0].get("after")
        types = [{"category": "HUBSPOT_DEFINED", "typeId": 3, "label": None}]
        ids = [3, 4] if after else [1, 2]
        paging = {} if after else {"paging": {"next": {"after": "3"}}}
        rows = [
            {"from": {"id": "9"}, "to": [{"toObjectId": i, "associationTypes": types} for i in ids], **paging}
        ]
        return reply({"results": rows})

    script.will(answer)
    record = crm(script).read("deals", ["9"], ["@contacts"])["9"]
    assert record.values["@contacts"] == ("1", "2", "3", "4")


def test_associations_that_could_not_be_read_are_missing_not_empty(script: Script) -> None:
    """No associations and no answer about associations are two things."""

    def answer(asked: Asked) -> bytes:
        if "associations" not in asked.path:
            return reply({"results": [{"id": i, "properties": {}, "updatedAt": STAMP} for i in ("8", "9")]})
        errors = [
            {"subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND", "context": {"fromObjectId": ["8"]}},
            {"category": "INTERNAL_ERROR", "context": {"fromObjectId": ["9"]}},
        ]
        return reply({"results": [], "errors": errors}, 207)

    script.will(answer)
    found = crm(script).read("deals", ["8", "9"], ["@contacts"])
    assert (found["8"].values, found["9"].values) == ({"@contacts": ()}, {})


@pytest.mark.parametrize("url", ["http://api.hubapi.com", "ftp://api.hubapi.com", "api.hubapi.com", ""])
def test_the_token_never_travels_in_the_clear(url: str) -> None:
    with pytest.raises(ConfigError):
        HubSpot(MARKER, url)


def test_a_page_that_keeps_failing_is_reported_for_later(script: Script) -> None:
    script.will(reply(b"<html>bad gateway</html>", 502))
    with pytest.raises(Retry, match="status 502"):
        scan(script)
