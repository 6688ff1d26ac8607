"""The one suite that both adapters must pass: the same test bodies, the same promises."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from crm_kits import LONG_AGO, MONDAY, QUICK, Kit

from connector.crm.base import NewField
from connector.errors import Refused, Retry, Stop
from connector.model import COMPANY_REF, CONTACTS_REF, Delta, How, Verdict
from connector.schema import FieldType, Option

MARKER = "canary-7f3a"
SECONDS = timedelta(seconds=1)


def verdicts(results: list) -> list[Verdict]:
    return [result.verdict for result in results]


class CrmContract:
    """Subclasses give the ``kit`` fixture."""

    # ------------------------------------------------------------ what this is

    def test_it_says_which_installation_answers_and_what_time_it_is_there(self, kit: Kit) -> None:
        who = kit.crm.identity()
        assert who.side is kit.side
        assert who.id.isalnum()
        assert who.zone == "Europe/Amsterdam"
        assert abs(who.now - MONDAY) < 2 * SECONDS

    def test_the_schema_tells_lengths_choices_and_what_may_be_written(self, kit: Kit) -> None:
        fields = kit.crm.schema(kit.person).fields
        last = fields[kit.last]
        assert (last.type, last.updatable) == (FieldType.TEXT, True)
        assert last.length
        assert last.length >= 80
        stages = kit.crm.schema(kit.deal).fields[kit.stage]
        assert stages.type is FieldType.CHOICE
        assert len(stages.options) >= 7
        created = fields["createdate" if "createdate" in fields else "CreatedDate"]
        assert (created.type, created.updatable) == (FieldType.DATETIME, False)

    def test_inactive_owners_are_listed_too(self, kit: Kit) -> None:
        """An owner who left the company still owns records: he must be known, as inactive."""
        if kit.side == "hubspot":
            kit.store.load_owners([{"email": "An@acme-test.nl", "firstName": "An", "lastName": "Vos"}])
            kit.store.load_owners([{"email": "bo@acme-test.nl", "lastName": "Bo", "archived": True}])
        else:
            kit.load("User", [{"LastName": "Vos", "FirstName": "An", "Email": "An@acme-test.nl"}])
            kit.load("User", [{"LastName": "Bo", "Email": "bo@acme-test.nl", "IsActive": False}])
        owners = {owner.email: owner for owner in kit.crm.owners()}
        assert owners["an@acme-test.nl"].active
        assert owners["an@acme-test.nl"].name == "An Vos"
        assert not owners["bo@acme-test.nl"].active

    # ------------------------------------------------------------ reading everything

    def test_a_scan_yields_every_live_record_exactly_once(self, kit: Kit) -> None:
        ids = kit.people(*(f"Person {n}" for n in range(2_150)))
        kit.remove(kit.person, ids[7])
        found = [r.ref.id for page in kit.crm.scan(kit.person, [kit.last]) for r in page.records]
        assert sorted(found) == sorted(set(ids) - {ids[7]})

    def test_a_field_that_was_not_read_is_missing_and_a_blank_is_none(self, kit: Kit) -> None:
        """A field without permission must never look like a field that somebody cleared."""
        kit.people("Ås")
        unknown = "no_such_field" if kit.side == "hubspot" else "No_Such_Field__c"
        (record,) = kit.scan(kit.person, kit.last, kit.phone, unknown).values()
        assert record.values == {kit.last: "Ås", kit.phone: None}

    def test_a_scan_brings_the_company_only_when_asked(self, kit: Kit) -> None:
        (company,) = kit.companies("Acme")
        with_company, without = kit.people("With", "Without")
        self._join(kit, with_company, company)
        found = kit.scan(kit.person, kit.last, COMPANY_REF)
        assert found[with_company].values[COMPANY_REF] == company
        assert found[without].values[COMPANY_REF] is None
        kit.forget_requests()
        assert COMPANY_REF not in kit.scan(kit.person, kit.last)[with_company].values
        assert kit.requests() == 1

    def _join(self, kit: Kit, person: str, company: str) -> None:
        values = {COMPANY_REF: company}
        assert verdicts(kit.crm.write(kit.person, [kit.update("k", kit.person, person, values)])) == [
            Verdict.DONE
        ]

    # ------------------------------------------------------------ reading changes

    @pytest.mark.parametrize(("object", "cost"), [("person", 1), ("company", 1), ("deal", 1)])
    def test_when_nothing_changed_one_request_says_so(self, kit: Kit, object: str, cost: int) -> None:
        type = getattr(kit, object)
        kit.people("Old")
        kit.crm.identity()
        kit.forget_requests()
        assert kit.changed(type, MONDAY + timedelta(hours=1), COMPANY_REF) == {}
        assert kit.requests() == cost

    def test_only_what_changed_since_is_found(self, kit: Kit) -> None:
        kit.people("Untouched", _created=LONG_AGO, _modified=LONG_AGO)
        (touched,) = kit.people("Touched", _created=LONG_AGO, _modified=LONG_AGO)
        kit.world.clock.advance(60)
        kit.edit(kit.person, touched, **{kit.phone: "+31 20 123"})
        found = kit.changed(kit.person, MONDAY + timedelta(seconds=30), kit.phone)
        assert set(found) == {touched}
        assert found[touched].stamp >= MONDAY + timedelta(seconds=60)

    def test_a_bulk_change_with_one_stamp_for_all_loses_nobody(self, kit: Kit) -> None:
        """An import gives thousands of records the same stamp: more than a page of them."""
        ids = kit.people(*(f"P{n}" for n in range(2_100)), _created=LONG_AGO, _modified=MONDAY)
        assert set(kit.changed(kit.person, MONDAY, kit.last)) == set(ids)

    # ------------------------------------------------------------ reading by id

    def test_reading_by_id_answers_for_the_ids_that_exist(self, kit: Kit) -> None:
        first, second = kit.people("Ærø", "Öst")
        found = kit.crm.read(kit.person, [second, "999", first, "x' OR Id != '"], [kit.last])
        assert {id: record.values[kit.last] for id, record in found.items()} == {first: "Ærø", second: "Öst"}

    def test_a_deleted_record_comes_with_evidence_and_an_unknown_id_with_none(self, kit: Kit) -> None:
        """Absence is never evidence: only what the CRM says is gone is gone."""
        (deleted,) = kit.people("Deleted")
        kit.remove(kit.person, deleted)
        unknown = "70000099999" if kit.side == "hubspot" else "003Dn0000ZZZZZZIAA"[:15]
        found = kit.crm.read(kit.person, [deleted, unknown], [kit.last])
        assert set(found) == {deleted}
        assert found[deleted].gone is not None
        assert found[deleted].gone.how is How.ARCHIVED

    def test_the_old_id_of_a_merged_record_leads_to_the_survivor(self, kit: Kit) -> None:
        winner, loser = kit.people("Winner", "Loser")
        survivor = kit.merge(kit.person, winner, loser)
        found = kit.crm.read(kit.person, [winner, loser], [kit.last])
        assert {id: kit.survivor(record) for id, record in found.items()} == {
            winner: survivor,
            loser: survivor,
        }

    def test_many_records_are_read_in_as_few_requests_as_batches_allow(self, kit: Kit) -> None:
        ids = kit.people(*(f"P{n}" for n in range(250)))
        kit.crm.identity()
        kit.forget_requests()
        assert len(kit.crm.read(kit.person, ids, [kit.last])) == 250
        assert kit.requests() == (3 if kit.side == "hubspot" else 1)

    def test_a_deal_knows_its_company_and_contacts(self, kit: Kit) -> None:
        (company,) = kit.companies("Acme")
        one, two = kit.people("One", "Two")
        (deal,) = kit.deals("Big")
        values = {COMPANY_REF: company, CONTACTS_REF: Delta(add=frozenset({one, two}))}
        (result,) = kit.crm.write(kit.deal, [kit.update("k", kit.deal, deal, values)])
        assert result.verdict is Verdict.DONE
        expected = {COMPANY_REF: company, CONTACTS_REF: tuple(sorted([one, two]))}
        assert dict(result.values) == expected
        assert dict(kit.one(kit.deal, deal, COMPANY_REF, CONTACTS_REF).values) == expected
        assert dict(kit.scan(kit.deal, COMPANY_REF, CONTACTS_REF)[deal].values) == expected
        alone = {name: dict(kit.crm.references(kit.deal, [deal], name)) for name in expected}
        assert alone == {name: {deal: value} for name, value in expected.items()}

    # ------------------------------------------------------------ finding

    def test_an_email_is_found_whatever_its_case(self, kit: Kit) -> None:
        (id,) = kit.people("Jansen", **{kit.email: "Piet.Jansen@Acme-test.nl"})
        kit.people("Other", **{kit.email: "other@acme-test.nl"})
        found = list(
            kit.crm.find(kit.person, kit.email, ["PIET.jansen@acme-TEST.nl", "x@y-test.nl"], [kit.last])
        )
        assert [(r.ref.id, r.values[kit.last]) for r in found] == [(id, "Jansen")]

    def test_a_name_is_found_by_column_that_is_not_unique(self, kit: Kit) -> None:
        ids = kit.companies("Brødrene A/S", "brødrene a/s", "Søstrene")
        found = kit.crm.find(kit.company, kit.company_name, ["BRØDRENE A/S"], [kit.company_name])
        assert sorted(r.ref.id for r in found) == sorted(ids[:2])

    @pytest.mark.parametrize(
        "hostile",
        ["O'Brien", "a') OR (Name != '", "\\' OR Id != null --", 'quote"quote', "new\nline", "50% _x", "\\"],
    )
    def test_no_value_is_ever_syntax(self, kit: Kit, hostile: str) -> None:
        """Names that look like queries are names."""
        kit.companies("Innocent")
        (named,) = kit.companies(hostile.strip())
        found = kit.crm.find(kit.company, kit.company_name, [hostile], [kit.company_name])
        assert [r.ref.id for r in found] == [named]

    def test_hundreds_of_values_are_found_in_a_few_requests(self, kit: Kit) -> None:
        names = [f"Company number {n} with a long name {'x' * 60}" for n in range(250)]
        ids = kit.companies(*names)
        kit.crm.schema(kit.company)
        kit.forget_requests()
        found = list(kit.crm.find(kit.company, kit.company_name, names, [kit.company_name]))
        assert sorted(r.ref.id for r in found) == sorted(ids)
        assert kit.requests() <= 25

    def test_a_deleted_record_is_not_found(self, kit: Kit) -> None:
        (id,) = kit.people("Gone", **{kit.email: "gone@acme-test.nl"})
        kit.remove(kit.person, id)
        assert list(kit.crm.find(kit.person, kit.email, ["gone@acme-test.nl"], [kit.last])) == []

    # ------------------------------------------------------------ writing

    def test_created_and_updated_records_read_back_as_the_crm_holds_them(self, kit: Kit) -> None:
        (old,) = kit.people("Oud", **{kit.phone: "1"})
        results = kit.crm.write(
            kit.person,
            [
                kit.create("new", kit.person, **{kit.last: "Nieuw", kit.email: "n@acme-test.nl"}),
                kit.update("old", kit.person, old, {kit.last: "Ouder", kit.phone: None}),
            ],
        )
        new, changed = results
        assert [r.key for r in results] == ["new", "old"]
        assert verdicts(results) == [Verdict.DONE, Verdict.DONE]
        assert dict(new.values) == {kit.last: "Nieuw", kit.email: "n@acme-test.nl"}
        assert dict(changed.values) == {kit.last: "Ouder", kit.phone: None}
        assert changed.id == old
        assert changed.stamp is not None
        assert changed.stamp == kit.one(kit.person, old, kit.last).stamp
        assert kit.one(kit.person, str(new.id), kit.last).values == {kit.last: "Nieuw"}

    def test_one_bad_record_never_holds_up_the_others(self, kit: Kit) -> None:
        writes = [kit.create(f"k{n}", kit.person, **{kit.last: f"P{n}"}) for n in range(100)]
        writes[41] = kit.create("k41", kit.person, **{kit.last: "P41", kit.email: f"{MARKER} is no email"})
        results = kit.crm.write(kit.person, writes)
        assert [r.key for r in results] == [w.key for w in writes]
        assert [r.key for r in results if r.verdict is not Verdict.DONE] == ["k41"]
        refused = results[41]
        assert refused.verdict is Verdict.REFUSED
        assert refused.fields == (kit.email,)
        assert "INVALID_EMAIL" in refused.code
        assert len(kit.stored(kit.person)) == 99

    def test_a_refusal_names_code_and_field_but_never_the_value(self, kit: Kit) -> None:
        write = kit.create("k", kit.person, **{kit.last: "x", kit.email: f"{MARKER} is no email"})
        (result,) = kit.crm.write(kit.person, [write])
        assert result.message
        assert MARKER not in repr(result)

    def test_a_batch_that_is_refused_as_a_whole_is_cut_until_the_poison_is_alone(self, kit: Kit) -> None:
        """A column that the CRM does not know makes some batches fail altogether."""
        unknown = "no_such_field" if kit.side == "hubspot" else "No_Such_Field__c"
        writes = [kit.create(f"k{n}", kit.person, **{kit.last: f"P{n}"}) for n in range(16)]
        writes[5] = kit.create("k5", kit.person, **{kit.last: "P5", unknown: "x"})
        results = kit.crm.write(kit.person, writes)
        assert [r.key for r in results if r.verdict is not Verdict.DONE] == ["k5"]
        assert results[5].verdict is Verdict.REFUSED
        assert len(kit.stored(kit.person)) == 15

    def test_text_that_no_crm_can_hold_is_refused_before_it_is_sent(self, kit: Kit) -> None:
        texts = ["half \ud83d pair", "nul \x00", "fine 🎉"]
        writes = [kit.create(f"k{n}", kit.person, **{kit.last: text}) for n, text in enumerate(texts)]
        results = kit.crm.write(kit.person, writes)
        assert [r.code for r in results] == ["IMPOSSIBLE_TEXT", "IMPOSSIBLE_TEXT", ""]
        assert dict(results[2].values) == {kit.last: "fine 🎉"}

    def test_an_update_of_something_that_is_no_id_is_refused(self, kit: Kit) -> None:
        write = kit.update("k", kit.person, "../../evil", {kit.last: "x"})
        (result,) = kit.crm.write(kit.person, [write])
        assert (result.verdict, result.code) == (Verdict.REFUSED, "MALFORMED_ID")

    def test_an_update_of_a_deleted_record_is_refused(self, kit: Kit) -> None:
        gone, there = kit.people("Gone", "There")
        kit.remove(kit.person, gone)
        writes = [kit.update(id, kit.person, id, {kit.phone: "2"}) for id in (gone, there)]
        assert verdicts(kit.crm.write(kit.person, writes)) == [Verdict.REFUSED, Verdict.DONE]

    def test_creating_what_exists_names_the_record_that_has_our_link_id(self, kit: Kit) -> None:
        """After a crash the same create is tried again: our unique link id leads to what is there."""
        link = NewField(kit.link_id, "Link id", "Set by smarketing", FieldType.TEXT, 64, unique=True)
        kit.crm.add_fields(kit.person, [link])
        write = kit.create("k", kit.person, **{kit.last: "Once", kit.link_id: "ab12"})
        (first,) = kit.crm.write(kit.person, [write])
        (again,) = kit.crm.write(kit.person, [write])
        assert first.verdict is Verdict.DONE
        assert (again.verdict, again.id) == (Verdict.REFUSED, first.id)
        assert again.code in ("CONFLICT", "DUPLICATE_VALUE")
        (found,) = kit.crm.find(kit.person, kit.link_id, ["ab12"], [kit.last])
        assert found.ref.id == first.id
        assert len(kit.stored(kit.person)) == 1

    def test_n_changes_cost_about_as_many_requests_as_batches_need(self, kit: Kit) -> None:
        ids = kit.people(*(f"P{n}" for n in range(400)))
        kit.crm.identity()
        kit.forget_requests()
        for start in range(0, 400, kit.crm.batch):
            part = ids[start : start + kit.crm.batch]
            results = kit.crm.write(
                kit.person, [kit.update(i, kit.person, i, {kit.phone: "7"}) for i in part]
            )
            assert set(verdicts(results)) == {Verdict.DONE}
        assert kit.requests() == (4 if kit.side == "hubspot" else 3)

    # ------------------------------------------------------------ references

    def test_the_company_of_a_person_can_be_set_moved_and_taken_away(self, kit: Kit) -> None:
        acme, globex = kit.companies("Acme", "Globex")
        (person,) = kit.people("Mover")
        for company in (acme, globex):
            write = kit.update("k", kit.person, person, {COMPANY_REF: company, kit.phone: "5"})
            (result,) = kit.crm.write(kit.person, [write])
            assert (result.verdict, result.values[COMPANY_REF]) == (Verdict.DONE, company)
            assert kit.one(kit.person, person, COMPANY_REF).values == {COMPANY_REF: company}
        (other,) = kit.people("Leaver")
        kit.crm.write(kit.person, [kit.update("k", kit.person, other, {COMPANY_REF: acme})])
        (result,) = kit.crm.write(kit.person, [kit.update("k", kit.person, other, {COMPANY_REF: None})])
        assert (result.verdict, result.values[COMPANY_REF]) == (Verdict.DONE, None)
        assert kit.one(kit.person, other, COMPANY_REF).values == {COMPANY_REF: None}

    def test_contacts_are_added_to_and_taken_from_a_deal(self, kit: Kit) -> None:
        one, two, three = kit.people("One", "Two", "Three")
        (result,) = kit.crm.write(
            kit.deal,
            [
                kit.create(
                    "k",
                    kit.deal,
                    **{kit.deal_name: "Big", **kit.new_deal, CONTACTS_REF: Delta(frozenset({one, two}))},
                )
            ],
        )
        assert result.verdict is Verdict.DONE
        assert result.values[CONTACTS_REF] == tuple(sorted([one, two]))
        delta = Delta(add=frozenset({three, two}), remove=frozenset({one}))
        deal = str(result.id)
        (result,) = kit.crm.write(kit.deal, [kit.update("k", kit.deal, deal, {CONTACTS_REF: delta})])
        assert result.values[CONTACTS_REF] == tuple(sorted([two, three]))
        left = kit.one(kit.deal, deal, CONTACTS_REF).values
        assert left == {CONTACTS_REF: tuple(sorted([two, three]))}

    def test_a_reference_that_fails_is_reported_for_that_record_and_field_only(self, kit: Kit) -> None:
        (person,) = kit.people("There")
        missing = "70000099999" if kit.side == "hubspot" else "003Dn0000ZZZZZZ"
        deals = kit.deals("Good", "Bad")
        writes = [
            kit.update("good", kit.deal, deals[0], {CONTACTS_REF: Delta(frozenset({person}))}),
            kit.update(
                "bad", kit.deal, deals[1], {CONTACTS_REF: Delta(frozenset({missing})), kit.deal_name: "N"}
            ),
        ]
        good, bad = kit.crm.write(kit.deal, writes)
        assert (good.verdict, good.values[CONTACTS_REF]) == (Verdict.DONE, (person,))
        assert (bad.verdict, bad.fields) == (Verdict.REFUSED, (CONTACTS_REF,))
        assert bad.values[kit.deal_name] == "N"

    # ------------------------------------------------------------ faults

    def test_a_write_whose_answer_is_lost_is_unknown_and_never_sent_again(self, kit: Kit) -> None:
        """The line broke after the CRM had done its work: asking again would make a second record."""
        kit.crm.identity()
        kit.fault("apply_then_drop", "POST", kit.write_path)
        (result,) = kit.crm.write(kit.person, [kit.create("k", kit.person, **{kit.last: "Once"})])
        assert result.verdict is Verdict.UNKNOWN
        assert [row[kit.last] for row in kit.stored(kit.person)] == ["Once"]

    @pytest.mark.parametrize("status", [500, 502, 503, 504])
    def test_a_server_error_on_a_write_is_unknown_and_never_sent_again(self, kit: Kit, status: int) -> None:
        kit.crm.identity()
        kit.forget_requests()
        kit.fault({"status": status, "body": "<html>gateway</html>"}, "POST", kit.write_path)
        (result,) = kit.crm.write(kit.person, [kit.create("k", kit.person, **{kit.last: "Maybe"})])
        assert result.verdict is Verdict.UNKNOWN
        assert kit.requests() == 1
        assert kit.stored(kit.person) == []

    def test_a_success_that_cannot_be_read_is_unknown(self, kit: Kit) -> None:
        kit.crm.identity()
        kit.fault({"status": 200, "body": '{"results": [{"id": "1"'}, "POST", kit.write_path)
        (result,) = kit.crm.write(kit.person, [kit.create("k", kit.person, **{kit.last: "Maybe"})])
        assert result.verdict is Verdict.UNKNOWN

    def test_a_write_that_was_certainly_not_applied_is_sent_again(self, kit: Kit) -> None:
        kit.crm.identity()
        busy = {"status": "error", "policyName": "SECONDLY", "errorType": "RATE_LIMIT", "message": "limit"}
        body = busy if kit.side == "hubspot" else [{"errorCode": "SERVER_UNAVAILABLE", "message": "busy"}]
        status = 429 if kit.side == "hubspot" else 400
        kit.fault({"status": status, "body": body}, "POST", kit.write_path)
        (result,) = kit.crm.write(kit.person, [kit.create("k", kit.person, **{kit.last: "Once"})])
        assert result.verdict is Verdict.DONE
        assert len(kit.stored(kit.person)) == 1
        assert len(kit.waits) == 1

    @pytest.mark.parametrize(
        "answer",
        [
            {"status": 503, "body": "<html>sorry</html>"},
            {"status": 502, "body": ""},
            {"status": 429, "body": "{}"},
            {"status": 200, "body": "<html>login page of a proxy</html>"},
            {"status": 200, "body": ""},
            {"status": 200, "body": "{}"},
            {"status": 200, "body": '{"records": [], "results": '},
            "drop",
        ],
    )
    def test_a_read_is_repeated_until_a_whole_answer_comes(self, kit: Kit, answer: object) -> None:
        """An unreadable page is never an empty page: an empty page would look like "all deleted"."""
        ids = kit.people("A", "B")
        kit.crm.identity()
        kit.fault(answer, times=2)
        assert set(kit.scan(kit.person, kit.last)) == set(ids)
        assert len(kit.waits) == 2

    def test_a_crm_that_stays_down_is_to_be_tried_later(self, kit: Kit) -> None:
        kit.fault({"status": 503, "body": ""}, times=None)
        with pytest.raises(Retry):
            kit.scan(kit.person, kit.last)
        assert len(kit.waits) == 4

    def test_a_long_retry_after_is_not_waited_for(self, kit: Kit) -> None:
        """The run can do something better than sleep for an hour."""
        kit.crm.identity()
        answer = {"status": 429, "body": "{}", "headers": {"Retry-After": "3600"}}
        kit.fault(answer, times=None)
        with pytest.raises(Retry) as caught:
            kit.scan(kit.person, kit.last)
        assert caught.value.after_s == 3600
        assert kit.waits == []

    def test_a_short_retry_after_is_honored(self, kit: Kit) -> None:
        kit.crm.identity()
        kit.fault({"status": 429, "body": "{}", "headers": {"Retry-After": "7"}})
        kit.scan(kit.person, kit.last)
        assert len(kit.waits) == 1
        assert 7 <= kit.waits[0] < 9

    def test_a_crm_that_cannot_be_reached_is_named_with_its_address(self, kit: Kit) -> None:
        closed = kit.reconnect(url="http://127.0.0.1:9", policy=QUICK)
        with pytest.raises(Retry) as caught:
            closed.identity()
        name = "HubSpot" if kit.side == "hubspot" else "Salesforce"
        assert caught.value.message == f"cannot reach {name} at http://127.0.0.1:9: connection refused"
        assert "network" in caught.value.fix

    def test_a_crm_that_never_answers_is_not_waited_for_forever(self, kit: Kit) -> None:
        slow = kit.reconnect(timeout=(1, 0.2), policy=QUICK)
        slow.identity()
        kit.fault({"delay_ms": 3000}, times=None)
        with pytest.raises(Retry):
            list(slow.scan(kit.person, [kit.last]))
        slow.close()

    def test_debug_logs_hold_neither_tokens_nor_values(
        self, kit: Kit, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        list(kit.crm.find(kit.company, kit.company_name, [MARKER], [kit.company_name]))
        kit.crm.write(kit.person, [kit.create("k", kit.person, **{kit.last: MARKER, kit.email: MARKER})])
        assert MARKER not in caplog.text
        assert "Bearer" not in caplog.text

    def test_wrong_credentials_stop_the_run_and_are_never_shown(self, kit: Kit) -> None:
        wrong = kit.reconnect(token=MARKER)
        with pytest.raises(Stop) as caught:
            wrong.identity()
        assert caught.value.reason == "credentials"
        assert MARKER not in repr(caught.value) + caught.value.fix

    def test_a_redirect_is_not_followed(self, kit: Kit) -> None:
        """The token would go to whoever the redirect names."""
        kit.crm.identity()
        kit.fault({"status": 302, "body": "", "headers": {"Location": f"{kit.url}/elsewhere"}})
        kit.forget_requests()
        with pytest.raises(Stop):
            kit.scan(kit.person, kit.last)
        assert kit.requests() == 1

    def test_used_up_daily_requests_stop_the_run(self, kit: Kit) -> None:
        kit.crm.identity()
        if kit.side == "hubspot":
            body = {
                "errorType": "RATE_LIMIT",
                "policyName": "DAILY",
                "message": "You have reached your daily limit.",
            }
            kit.fault({"status": 429, "body": body})
        else:
            text = "TotalRequests Limit exceeded."
            kit.fault({"status": 403, "body": [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": text}]})
        with pytest.raises(Stop) as caught:
            kit.scan(kit.person, kit.last)
        assert caught.value.reason == "daily limit"

    def test_a_stop_in_the_middle_of_a_write_keeps_what_is_known(self, kit: Kit) -> None:
        """The first request created records: that must not be forgotten because the second one was
        refused."""
        kit.crm.identity()
        writes = [kit.create(f"k{n}", kit.person, **{kit.last: f"P{n}"}) for n in range(201)]
        kit.fault({"status": 401, "body": "{}"}, "POST", kit.write_path, nth=2, times=None)
        results = kit.crm.write(kit.person, writes)
        assert Verdict.RETRY in verdicts(results)
        assert [r.code for r in results if r.verdict is Verdict.RETRY][0] == "NOT_SENT"
        stored = {row[kit.last] for row in kit.stored(kit.person)}
        unsent = {f"P{r.key[1:]}" for r in results if r.verdict is Verdict.RETRY}
        assert stored.isdisjoint(unsent)

    def test_each_request_that_writes_asks_for_leave_right_before_it_leaves(self, kit: Kit) -> None:
        """The run lost its lease after the first request of a call: the second one is not sent. What only
        reads asks nobody."""
        kit.crm.identity()
        left: list[int] = []

        def permit() -> None:
            if left:
                raise Stop("another run has taken over", fix="start again", reason="fenced")
            left.append(len(kit.stored(kit.person)))

        kit.crm.permit = permit
        writes = [kit.create(f"k{n}", kit.person, **{kit.last: f"P{n}"}) for n in range(201)]
        results = kit.crm.write(kit.person, writes)
        assert left == [0]
        unsent = [r for r in results if (r.verdict, r.code) == (Verdict.RETRY, "NOT_SENT")]
        assert 0 < len(unsent) == 201 - len(kit.stored(kit.person)) < 201
        with pytest.raises(Stop, match="another run"):
            kit.crm.write(kit.person, [kit.create("k", kit.person, **{kit.last: "X"})])
        kit.scan(kit.person, kit.last)
        assert len(left) == 1

    # ------------------------------------------------------------ fields, history, counting

    def test_new_fields_can_be_added_twice_and_used_at_once(self, kit: Kit) -> None:
        stage, score = (
            ("smk_stage", "smk_score") if kit.side == "hubspot" else ("SMK_Stage__c", "SMK_Score__c")
        )
        new = [
            NewField(
                stage,
                "Stage",
                "Shared",
                FieldType.CHOICE,
                options=(Option("mql", "MQL"), Option("sql", "SQL")),
            ),
            NewField(score, "Score", "Shared", FieldType.NUMBER),
        ]
        kit.crm.add_fields(kit.person, new)
        kit.crm.add_fields(kit.person, new)
        fields = kit.crm.schema(kit.person).fields
        assert [o.value for o in fields[stage].options] == ["mql", "sql"]
        assert (fields[stage].type, fields[score].type) == (FieldType.CHOICE, FieldType.NUMBER)
        assert fields[stage].updatable
        (result,) = kit.crm.write(kit.person, [kit.create("k", kit.person, **{kit.last: "x", stage: "mql"})])
        assert (result.verdict, result.values[stage]) == (Verdict.DONE, "mql")
        (refused,) = kit.crm.write(kit.person, [kit.create("k", kit.person, **{kit.last: "x", stage: "zzz"})])
        assert (refused.verdict, refused.fields) == (Verdict.REFUSED, (stage,))

    @pytest.mark.parametrize(
        ("kind", "value"),
        [
            (FieldType.TEXT, "Ærlig"),
            (FieldType.BOOLEAN, True),
            (FieldType.DATE, "2026-11-23"),
            (FieldType.DATETIME, "2026-11-23T09:00:00Z"),
            (FieldType.MULTI, "a;b"),
        ],
    )
    def test_each_type_of_field_can_be_added(self, kit: Kit, kind: FieldType, value: object) -> None:
        name = "smk_new" if kit.side == "hubspot" else "SMK_New__c"
        options = (Option("a", "A"), Option("b", "B")) if kind is FieldType.MULTI else ()
        kit.crm.add_fields(kit.person, [NewField(name, "New", "Help", kind, options=options)])
        assert kit.crm.schema(kit.person).fields[name].type is kind
        (result,) = kit.crm.write(kit.person, [kit.create("k", kit.person, **{kit.last: "x", name: value})])
        assert result.verdict is Verdict.DONE
        assert result.values[name] is not None

    def test_a_field_of_another_type_is_not_touched(self, kit: Kit) -> None:
        name = "smk_x" if kit.side == "hubspot" else "SMK_X__c"
        kit.crm.add_fields(kit.person, [NewField(name, "X", "Text", FieldType.TEXT)])
        with pytest.raises(Refused) as caught:
            kit.crm.add_fields(kit.person, [NewField(name, "X", "Number", FieldType.NUMBER)])
        assert (caught.value.code, caught.value.fields) == ("FIELD_TYPE_DIFFERS", (name,))
        assert kit.crm.schema(kit.person).fields[name].type is FieldType.TEXT

    def test_every_request_is_counted_under_a_name_for_people(self, kit: Kit) -> None:
        kit.people("A")
        kit.crm.usage.by_kind.clear()
        kit.world.requests[kit.side.value].reset()
        kit.scan(kit.person, kit.last)
        kit.crm.write(kit.person, [kit.create("k", kit.person, **{kit.last: "B"})])
        kit.crm.schema(kit.deal)
        kit.crm.owners()
        assert kit.crm.usage.total == kit.world.requests[kit.side.value].total
        assert kit.requests() > 0
        assert all(" " in kind or kind in ("token", "owners") for kind in kit.crm.usage.by_kind)
