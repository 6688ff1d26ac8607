"""The HubSpot adapter keeps the contract, and HubSpot's own traps."""

from __future__ import annotations

from datetime import timedelta

import pytest
from crm_contract import CrmContract, verdicts
from crm_kits import LONG_AGO, MONDAY, Kit

from connector.crm.base import NewField
from connector.errors import Retry, Stop
from connector.model import COMPANY_REF, OPT_OUT, Verdict
from connector.schema import FieldType


@pytest.fixture
def kit(hubspot: Kit) -> Kit:
    return hubspot


class TestHubSpot(CrmContract):
    """Everything that is true of one CRM is true of the other."""


class TestHubSpotTraps:
    def test_both_families_of_paths_are_spoken(self, kit: Kit) -> None:
        """Old v3 paths and date-based ones give the same records."""
        ids = set(kit.people("A", "B"))
        for version in ("2026-03", "v3"):
            crm = kit.reconnect(api_version=version)
            found = [
                r.ref.id for page in crm.scan("contacts", ["lastname", COMPANY_REF]) for r in page.records
            ]
            assert set(found) == ids
            crm.schema("deals")
            crm.owners()
            assert crm.identity().id
            crm.close()

    def test_a_stage_goes_backwards_though_hubspot_silently_ignores_it(self, kit: Kit) -> None:
        """HubSpot says 200 and keeps the later stage: it is cleared first, then set, in two requests for
        all."""
        ids = kit.people(*"abcdef", lifecyclestage="customer")
        kit.forget_requests()
        writes = [kit.update(id, "contacts", id, {"lifecyclestage": "lead", "phone": "1"}) for id in ids]
        results = kit.crm.write("contacts", writes)
        assert set(verdicts(results)) == {Verdict.DONE}
        assert all(dict(r.values) == {"lifecyclestage": "lead", "phone": "1"} for r in results)
        assert kit.requests() == 3
        assert {row["lifecyclestage"] for row in kit.stored("contacts")} == {"lead"}

    def test_a_stage_that_goes_forward_costs_one_request(self, kit: Kit) -> None:
        (id,) = kit.people("a", lifecyclestage="lead")
        kit.forget_requests()
        (result,) = kit.crm.write(
            "contacts", [kit.update("k", "contacts", id, {"lifecyclestage": "customer"})]
        )
        assert (result.verdict, result.values["lifecyclestage"]) == (Verdict.DONE, "customer")
        assert kit.requests() == 1

    @pytest.mark.parametrize(
        "answer",
        ["drop", {"status": 400, "body": {"category": "VALIDATION_ERROR"}}, {"status": 423, "body": "{}"}],
    )
    def test_a_stage_cleared_but_not_set_again_is_unknown(self, kit: Kit, answer: object) -> None:
        """The second of the two requests fails: the stage is blank now, and somebody has to look."""
        (id,) = kit.people("a", lifecyclestage="customer")
        kit.fault(answer, "POST", "/crm/objects/", nth=3, times=None)
        (result,) = kit.crm.write("contacts", [kit.update("k", "contacts", id, {"lifecyclestage": "lead"})])
        assert result.verdict is Verdict.UNKNOWN
        assert result.fields == ("lifecyclestage",)

    @pytest.mark.parametrize("version", ["2026-03", "v3"])
    def test_an_opt_out_is_a_request_of_its_own_and_shows_on_old_and_new_contacts(
        self, kit: Kit, version: str
    ) -> None:
        """Whatever stands in the address; each request asks for leave, and the rest of the record goes on."""
        (old,) = kit.load("contacts", [{"email": "jan+nieuws@acme-test.nl", "lastname": "Jan"}])
        crm = kit.reconnect(api_version=version)
        asked: list[int] = []
        crm.permit = lambda: asked.append(1)
        updated, created = (
            crm.write("contacts", [write])[0]
            for write in (
                kit.update("old", "contacts", old, {OPT_OUT: "true", "phone": "1"}),
                kit.create("new", "contacts", email="o'neil@acme-test.nl", **{OPT_OUT: "true"}),
            )
        )
        assert (updated.verdict, updated.values[OPT_OUT], updated.values["phone"]) == (
            Verdict.DONE,
            "true",
            "1",
        )
        assert (created.verdict, created.values[OPT_OUT]) == (Verdict.DONE, "true")
        assert len(asked) == 4
        crm.close()

    @pytest.mark.parametrize("answer", ["drop", "apply_then_drop", {"status": 503, "body": ""}])
    def test_nothing_is_written_of_who_could_not_be_opted_out(self, kit: Kit, answer: object) -> None:
        """The answer is lost, also after HubSpot did it: the record waits, and everybody else goes on."""
        kit.fault(answer, "POST", "/communication-preferences/", times=None)
        out = kit.create("out", "contacts", email="jan@acme-test.nl", **{OPT_OUT: "true"})
        other = kit.create("other", "contacts", email="bo@acme-test.nl")
        results = kit.crm.write("contacts", [out, other])
        assert verdicts(results) == [Verdict.RETRY, Verdict.DONE]
        assert [row["email"] for row in kit.stored("contacts")] == ["bo@acme-test.nl"]

    def test_who_has_no_address_cannot_be_opted_out_and_nobody_is_opted_in(self, kit: Kit) -> None:
        (nobody,) = kit.people("Nobody")
        (jan,) = kit.load("contacts", [{"email": "jan@acme-test.nl", OPT_OUT: "true"}])
        out = kit.update("out", "contacts", nobody, {OPT_OUT: "true"})
        back = kit.update("back", "contacts", jan, {OPT_OUT: "false"})
        results = kit.crm.write("contacts", [out, back])
        assert [(r.verdict, r.code) for r in results] == [
            (Verdict.REFUSED, "NO_ADDRESS"),
            (Verdict.REFUSED, "READ_ONLY_VALUE"),
        ]
        assert kit.one("contacts", jan, OPT_OUT).values[OPT_OUT] == "true"

    def test_a_contact_that_exists_by_a_secondary_email_is_named(self, kit: Kit) -> None:
        first, second = kit.load(
            "contacts",
            [{"lastname": "A", "email": "a@acme-test.nl"}, {"lastname": "B", "email": "b@acme-test.nl"}],
        )
        survivor = kit.merge("contacts", first, second)
        (result,) = kit.crm.write(
            "contacts", [kit.create("k", "contacts", lastname="C", email="b@acme-test.nl")]
        )
        assert (result.verdict, result.code, result.id) == (Verdict.REFUSED, "CONFLICT", survivor)
        (found,) = kit.crm.find("contacts", "email", ["B@acme-test.nl"], ["email"])
        assert (found.ref.id, found.values["email"]) == (survivor, "a@acme-test.nl")

    def test_a_survivor_names_whom_it_absorbed(self, kit: Kit) -> None:
        first, second = kit.people("A", "B")
        survivor = kit.merge("contacts", first, second)
        assert set(kit.scan("contacts", "lastname")[survivor].absorbed) == {first, second}
        assert set(kit.changed("contacts", LONG_AGO)[survivor].absorbed) == {first, second}

    def test_search_pages_carry_no_values_because_the_index_lags(self, kit: Kit) -> None:
        kit.people("A")
        (page,) = kit.crm.changed("contacts", LONG_AGO, ["lastname"])
        assert not page.exact
        assert [dict(r.values) for r in page.records] == [{}]

    def test_more_changes_than_search_can_page_through_are_all_found(self, kit: Kit) -> None:
        """Search ends at 10,000 rows; a monthly bulk update touches more, all in the same instant."""
        ids = kit.load("contacts", [{"lastname": "x", "_modified": MONDAY}] * 10_150)
        kit.forget_requests()
        newest, *rest = kit.crm.changed("contacts", MONDAY, ())
        assert (newest.total, len(newest.records)) == (10_150, 200)
        assert sorted(r.ref.id for page in rest for r in page.records) == sorted(ids)
        assert kit.requests() == 52

    def test_a_lagging_index_hides_a_change_until_it_caught_up(self, kit: Kit) -> None:
        """Why cursors overlap: what search does not show yet is not lost, only late."""
        kit.store.index_lag_s = 30
        (id,) = kit.people("A", _created=LONG_AGO, _modified=LONG_AGO)
        kit.world.clock.advance(3600)
        changed_at = kit.world.clock.now()
        kit.edit("contacts", id, phone="1")
        assert kit.changed("contacts", changed_at) == {}
        assert kit.one("contacts", id, "phone").values == {"phone": "1"}
        kit.world.clock.advance(31)
        assert set(kit.changed("contacts", changed_at)) == {id}

    def test_a_company_found_by_name_must_still_have_it(self, kit: Kit) -> None:
        """The index says where to look; the record itself says what is true."""
        (id,) = kit.companies("Old name")
        kit.world.clock.advance(60)
        kit.store.index_lag_s = 30
        kit.edit("companies", id, name="New name")
        assert list(kit.crm.find("companies", "name", ["old name"], ["name"])) == []

    def test_the_company_with_the_lowest_id_counts_where_none_is_primary(self, kit: Kit) -> None:
        first, second = kit.companies("One", "Two")
        (person,) = kit.people("P")
        for company in (first, second):
            kit.store.associate("contacts", person, "companies", company)
        from connector.sandbox.hubspot.edges import PRIMARY_TYPE

        pair = ("contacts", "companies")
        kit.store.edges.unlink(pair, int(person), int(first), [PRIMARY_TYPE[pair]])
        assert kit.one("contacts", person, COMPANY_REF).values == {COMPANY_REF: first}

    def test_associations_of_a_thousand_contacts_cost_one_request(self, kit: Kit) -> None:
        kit.people(*(f"P{n}" for n in range(1_000)))
        kit.forget_requests()
        found = kit.scan("contacts", "lastname", COMPANY_REF)
        assert len(found) == 1_000
        assert all(r.values[COMPANY_REF] is None for r in found.values())
        assert kit.crm.usage.by_kind["associations read contacts companies"] == 1

    def test_hundreds_of_property_names_do_not_fit_into_a_url(self, kit: Kit) -> None:
        kit.people("A")
        names = [f"a_property_with_a_rather_long_name_{n}" for n in range(300)]
        (record,) = kit.scan("contacts", "lastname", *names).values()
        assert dict(record.values) == {"lastname": "A"}

    def test_a_missing_scope_is_named_with_the_fix(self, kit: Kit) -> None:
        context = {"requiredGranularScopes": ["crm.objects.contacts.read"]}
        body = {
            "status": "error",
            "category": "MISSING_SCOPES",
            "errors": [{"message": "x", "context": context}],
        }
        kit.fault({"status": 403, "body": body})
        with pytest.raises(Stop) as caught:
            kit.scan("contacts", "lastname")
        assert caught.value.reason == "permission"
        assert "crm.objects.contacts.read" in caught.value.message
        assert "crm.objects.contacts.read" in caught.value.fix

    def test_a_locked_record_is_tried_again_after_two_seconds(self, kit: Kit) -> None:
        (id,) = kit.people("A")
        kit.fault({"status": 423, "body": "{}"}, "POST")
        (result,) = kit.crm.write("contacts", [kit.update("k", "contacts", id, {"phone": "1"})])
        assert result.verdict is Verdict.DONE
        assert kit.waits[0] >= 2

    def test_an_account_that_moves_to_another_data_center_is_left_alone(self, kit: Kit) -> None:
        kit.fault({"status": 477, "body": "", "headers": {"Retry-After": "7200"}}, times=None)
        with pytest.raises(Retry) as caught:
            kit.scan("contacts", "lastname")
        assert caught.value.after_s == 7200
        assert kit.waits == []

    @pytest.mark.parametrize(
        ("body", "wait"),
        [
            (
                {
                    "message": "You have reached your ten_secondly_rolling limit.",
                    "policyName": "TEN_SECONDLY_ROLLING",
                },
                10,
            ),
            ({"message": "You have reached your secondly limit.", "category": "RATE_LIMITS"}, 1),
        ],
    )
    def test_a_limit_without_retry_after_is_waited_out(self, kit: Kit, body: dict, wait: float) -> None:
        kit.fault({"status": 429, "body": body})
        kit.scan("contacts", "lastname")
        assert wait <= kit.waits[0] <= wait + 1

    def test_a_rotated_token_is_picked_up_in_the_middle_of_a_run(self, kit: Kit) -> None:
        secrets = ["sandbox", "fresh"]
        crm = kit.reconnect(token=lambda: secrets[0])
        assert crm.identity()
        kit.store.allow("fresh")
        kit.store.revoke("sandbox")
        secrets.pop(0)
        assert crm.identity()
        crm.close()

    def test_what_a_property_was_is_known_from_its_history(self, kit: Kit) -> None:
        """Every value with its own time, and who made it so: a person, a workflow, the API."""
        (id,) = kit.people("A", _created=LONG_AGO, _modified=LONG_AGO)
        kit.world.clock.advance(3600)
        kit.edit("contacts", id, phone="1")
        kit.store.user_edit("contacts", id, {"phone": "2"}, 77)
        kit.store.workflow_edit("contacts", id, {"phone": ""}, "Clean up")
        found = kit.crm.versions("contacts", [id, "70000099999"], "phone")
        assert found.keys() == {id}
        told = [(v.value, v.by_kind, v.by_id) for v in found[id]]
        assert told[-2:] == [("2", "person", "77"), (None, "workflow", "workflow:Clean up")]
        assert told[-3][:2] == ("1", "person")
        assert abs(found[id][-3].at - (MONDAY + timedelta(hours=1))) < timedelta(seconds=1)

    def test_a_long_text_gets_a_text_area(self, kit: Kit) -> None:
        kit.crm.add_fields("contacts", [NewField("smk_note", "Note", "Help", FieldType.TEXT, 5000)])
        (result,) = kit.crm.write(
            "contacts", [kit.create("k", "contacts", lastname="x", smk_note="y" * 5000)]
        )
        assert result.values["smk_note"] == "y" * 5000

    def test_results_are_matched_by_trace_id_never_by_order(self, kit: Kit) -> None:
        """Bad rows between good ones shift positions: everybody still gets their own outcome."""
        writes = [
            kit.create(
                f"k{n}", "contacts", lastname=f"P{n}", email="bad" if n % 3 == 0 else f"p{n}@acme-test.nl"
            )
            for n in range(30)
        ]
        for write, result in zip(writes, kit.crm.write("contacts", writes), strict=True):
            if result.verdict is Verdict.DONE:
                assert result.values["lastname"] == write.values["lastname"]
            else:
                assert write.values["email"] == "bad"
