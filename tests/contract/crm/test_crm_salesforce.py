"""The Salesforce adapter keeps the contract, and Salesforce's own traps."""

from __future__ import annotations

from datetime import timedelta

import pytest
from crm_contract import CrmContract, verdicts
from crm_kits import LONG_AGO, MONDAY, Kit
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from connector.crm.base import NewField, changed_at
from connector.crm.salesforce import Salesforce
from connector.crm.salesforce_auth import Login
from connector.errors import Stop
from connector.model import CONTACTS_REF, ROLES_REF, Delta, How, Op, Ref, Side, Verdict, Write
from connector.schema import FieldType


@pytest.fixture
def kit(salesforce: Kit) -> Kit:
    return salesforce


def lead(kit: Kit, name: str = "Jansen", **more: object) -> str:
    (id,) = kit.load("Lead", [{"LastName": name, "Company": "Acme", **more}])
    return id


class TestSalesforce(CrmContract):
    """Everything that is true of one CRM is true of the other."""


class TestSalesforceTraps:
    def test_a_converted_lead_names_the_contact_it_became(self, kit: Kit) -> None:
        id = lead(kit)
        made = kit.store.convert(id)
        became = Ref(Side.SALESFORCE, "Contact", made["contact"])
        for record in (kit.one("Lead", id, "LastName"), kit.changed("Lead", LONG_AGO, "LastName")[id]):
            assert record.gone is not None
            assert (record.gone.how, record.gone.into) == (How.CONVERTED, became)
            assert record.values["ConvertedAccountId"] == made["account"]
        assert kit.scan("Lead", "LastName") == {}
        assert list(kit.crm.find("Lead", "LastName", ["Jansen"], [])) == []

    def test_writing_to_a_converted_lead_is_refused_with_its_code(self, kit: Kit) -> None:
        id = lead(kit)
        kit.store.convert(id)
        (result,) = kit.crm.write("Lead", [kit.update("k", "Lead", id, {"Phone": "1"})])
        assert (result.verdict, result.code) == (Verdict.REFUSED, "CANNOT_UPDATE_CONVERTED_LEAD")

    def test_deleted_and_merged_records_show_among_the_changes(self, kit: Kit) -> None:
        winner, loser, deleted = kit.people("Winner", "Loser", "Deleted")
        kit.merge("Contact", winner, loser)
        kit.remove("Contact", deleted)
        found = kit.changed("Contact", LONG_AGO, "LastName")
        assert found[winner].gone is None
        assert found[deleted].gone is not None
        assert found[deleted].gone.into is None
        assert found[loser].gone is not None
        assert found[loser].gone.into == Ref(Side.SALESFORCE, "Contact", winner)

    def test_a_hidden_column_is_dropped_and_the_rest_is_read(self, kit: Kit) -> None:
        """An admin hides a field in the middle of a run: it must not look cleared, and the others go on."""
        (id,) = kit.people("A", Phone="1", Email="a@acme-test.nl")
        assert kit.one("Contact", id, "Phone", "Email").values == {"Phone": "1", "Email": "a@acme-test.nl"}
        kit.store.hide_field("Contact", "Phone")
        for record in (
            kit.one("Contact", id, "Phone", "Email"),
            kit.scan("Contact", "Phone", "Email")[id],
            kit.changed("Contact", LONG_AGO, "Phone", "Email")[id],
        ):
            assert dict(record.values) == {"Email": "a@acme-test.nl"}
        assert "Phone" not in kit.crm.schema("Contact").fields

    def test_a_hidden_column_costs_one_failed_request_only(self, kit: Kit) -> None:
        (id,) = kit.people("A", Phone="1")
        kit.store.hide_field("Contact", "Phone")
        kit.one("Contact", id, "Phone", "LastName")
        kit.forget_requests()
        kit.one("Contact", id, "Phone", "LastName")
        assert kit.requests() == 1

    def test_a_lost_locator_is_taken_up_after_the_last_row(self, kit: Kit) -> None:
        """Salesforce forgets the result while it is being paged through."""
        ids = kit.people(*(f"P{n}" for n in range(4_500)), _created=LONG_AGO, _modified=MONDAY)
        for pages in (
            kit.crm.scan("Contact", ["LastName"]),
            kit.crm.changed("Contact", LONG_AGO, ["LastName"]),
        ):
            found: list[str] = []
            for page in pages:
                found += [record.ref.id for record in page.records]
                kit.store.cursors.clear()
            assert sorted(found) == sorted(ids)

    def test_a_changed_contact_role_brings_up_its_opportunity(self, kit: Kit) -> None:
        """A contact role does not move the stamp of its Opportunity: a second query finds it."""
        (deal,) = kit.load(
            "Opportunity", [{"Name": "Big", **kit.new_deal, "_created": LONG_AGO, "_modified": LONG_AGO}]
        )
        (person,) = kit.people("A", _created=LONG_AGO, _modified=LONG_AGO)
        kit.world.clock.advance(60)
        kit.store.user_create("OpportunityContactRole", {"OpportunityId": deal, "ContactId": person})
        found = kit.changed("Opportunity", MONDAY + timedelta(seconds=1), "Name", CONTACTS_REF)
        assert dict(found[deal].values) == {"Name": "Big", CONTACTS_REF: (person,)}

    def test_roles_are_told_with_their_names_and_who_is_the_primary_contact(self, kit: Kit) -> None:
        (deal,), (one, two) = kit.deals("Big"), kit.people("A", "B")
        kit.load(
            "OpportunityContactRole",
            [
                {"OpportunityId": deal, "ContactId": one, "Role": "Decision Maker", "IsPrimary": True},
                {"OpportunityId": deal, "ContactId": two},
            ],
        )
        read = kit.one(kit.deal, deal, CONTACTS_REF, ROLES_REF)
        assert dict(read.values) == {
            CONTACTS_REF: tuple(sorted([one, two])),
            ROLES_REF: tuple(sorted([f"{one}|1|Decision Maker", f"{two}|0|"])),
        }

    def test_record_types_are_known_by_their_developer_names(self, kit: Kit) -> None:
        assert kit.crm.schema("Opportunity").record_types == {}
        made = kit.store.add_record_type("Opportunity", "New business")
        assert kit.crm.schema("Opportunity").record_types == {made: "New_business"}

    def test_an_idle_look_at_opportunities_with_contacts_costs_two_requests(self, kit: Kit) -> None:
        kit.crm.identity()
        kit.forget_requests()
        assert kit.changed("Opportunity", MONDAY, "Name", CONTACTS_REF) == {}
        assert kit.requests() == 2

    def test_a_contact_role_that_is_there_is_not_added_twice(self, kit: Kit) -> None:
        (deal,), (person,) = kit.deals("Big"), kit.people("A")
        for _ in range(2):
            delta = Delta(add=frozenset({person}))
            (result,) = kit.crm.write(
                "Opportunity", [kit.update("k", "Opportunity", deal, {CONTACTS_REF: delta})]
            )
            assert result.values[CONTACTS_REF] == (person,)
        assert len(kit.stored("OpportunityContactRole")) == 1

    def test_updates_keep_the_owner_and_creates_may_be_assigned(self, kit: Kit) -> None:
        """Without the header, assignment rules would give every updated lead to somebody else."""
        id = lead(kit)
        before = kit.one("Lead", id, "OwnerId").values["OwnerId"]
        kit.store.assignment_owner = kit.load("User", [{"LastName": "Rule", "Email": "r@acme-test.nl"}])[0]
        kit.crm.write("Lead", [kit.update("k", "Lead", id, {"Phone": "1"})])
        assert kit.one("Lead", id, "OwnerId").values["OwnerId"] == before
        (new,) = kit.crm.write("Lead", [kit.create("k", "Lead", LastName="B", Company="C")])
        assert kit.one("Lead", str(new.id), "OwnerId").values["OwnerId"] == kit.store.assignment_owner

    def test_assignment_rules_leave_an_owner_who_is_named_alone(self, kit: Kit) -> None:
        """In one batch: who has an owner keeps it, the other one is assigned."""
        rule, anna = kit.load(
            "User",
            [
                {"LastName": name, "Email": f"{name}@acme-test.nl", "IsActive": True}
                for name in ("Rule", "Anna")
            ],
        )
        kit.store.assignment_owner = rule
        one = kit.create("one", "Lead", LastName="B", Company="C", OwnerId=anna)
        other = kit.create("other", "Lead", LastName="D", Company="E")
        results = kit.crm.write("Lead", [one, other])
        owners = [kit.one("Lead", str(result.id), "OwnerId").values["OwnerId"] for result in results]
        assert owners == [anna, rule]
        assert kit.crm.usage.by_kind["create Lead"] == 2

    def test_what_a_flow_changed_in_the_same_write_is_read_back(self, kit: Kit) -> None:
        """The value that was sent is not the value that is there: only what was read back may be
        believed."""
        kit.store.on_write.append(shout)
        (result,) = kit.crm.write("Contact", [kit.create("k", "Contact", LastName="quiet")])
        assert dict(result.values) == {"LastName": "QUIET"}

    def test_locked_rows_alone_are_sent_again(self, kit: Kit) -> None:
        ids = kit.people("A", "B", "C")
        done = {"id": ids[0], "success": True, "errors": []}
        locked = {
            "success": False,
            "errors": [{"statusCode": "UNABLE_TO_LOCK_ROW", "message": "x", "fields": []}],
        }
        kit.crm.identity()
        kit.fault({"status": 200, "body": [done, locked, done | {"id": ids[2]}]}, "PATCH")
        kit.forget_requests()
        results = kit.crm.write("Contact", [kit.update(i, "Contact", i, {"Phone": "1"}) for i in ids])
        assert set(verdicts(results)) == {Verdict.DONE}
        assert [row.get("Phone") for row in kit.stored("Contact")] == [None, "1", None]
        assert kit.requests() == 3

    def test_rows_that_stay_locked_are_left_for_later(self, kit: Kit) -> None:
        (id,) = kit.people("A")
        locked = {
            "success": False,
            "errors": [{"statusCode": "UNABLE_TO_LOCK_ROW", "message": "x", "fields": []}],
        }
        kit.fault({"status": 200, "body": [locked]}, "PATCH", times=None)
        (result,) = kit.crm.write("Contact", [kit.update("k", "Contact", id, {"Phone": "1"})])
        assert (result.verdict, result.code) == (Verdict.RETRY, "UNABLE_TO_LOCK_ROW")
        assert len(kit.waits) == 3

    def test_an_answer_with_another_number_of_outcomes_says_nothing_about_anyone(self, kit: Kit) -> None:
        ids = kit.people("A", "B")
        kit.fault({"status": 200, "body": [{"id": ids[0], "success": True, "errors": []}]}, "PATCH")
        results = kit.crm.write("Contact", [kit.update(i, "Contact", i, {"Phone": "1"}) for i in ids])
        assert set(verdicts(results)) == {Verdict.UNKNOWN}

    def test_a_write_that_could_not_be_read_back_is_unknown_but_named(self, kit: Kit) -> None:
        kit.crm.identity()
        kit.fault(
            {"status": 503, "body": ""}, "POST", "/services/data/v64.0/composite/sobjects/Contact", times=None
        )
        (result,) = kit.crm.write("Contact", [kit.create("k", "Contact", LastName="A")])
        assert (result.verdict, result.code) == (Verdict.UNKNOWN, "NOT_READ_BACK")
        assert result.id == kit.stored("Contact")[0]["Id"]

    def test_an_expired_token_is_renewed_once_even_for_a_write(self, kit: Kit) -> None:
        kit.crm.identity()
        kit.store.expire_tokens()
        (result,) = kit.crm.write("Contact", [kit.create("k", "Contact", LastName="A")])
        assert result.verdict is Verdict.DONE
        assert len(kit.stored("Contact")) == 1
        assert kit.crm.usage.by_kind["token"] == 2

    def test_a_token_that_never_works_stops_the_run_after_one_new_login(self, kit: Kit) -> None:
        """The client alone would log in again without end."""
        body = [{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}]
        kit.fault({"status": 401, "body": body}, path="/services/data/", times=None)
        with pytest.raises(Stop) as caught:
            kit.scan("Contact", "LastName")
        assert caught.value.reason == "credentials"
        assert kit.crm.usage.by_kind["token"] == 2

    def test_a_session_that_dies_after_every_request_is_given_up(self, kit: Kit) -> None:
        def look_for_ever() -> None:
            while True:
                kit.store.expire_tokens()
                kit.scan("Contact", "LastName")

        with pytest.raises(Stop) as caught:
            look_for_ever()
        assert caught.value.reason == "credentials"
        assert kit.crm.usage.by_kind["token"] == 10

    def test_too_many_long_requests_at_once_pass_by_themselves(self, kit: Kit) -> None:
        kit.crm.identity()
        text = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."
        kit.fault({"status": 403, "body": [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": text}]})
        kit.scan("Contact", "LastName")
        assert len(kit.waits) == 1

    def test_a_user_without_api_access_stops_the_run_with_the_fix(self, kit: Kit) -> None:
        kit.crm.identity()
        kit.fault({"status": 403, "body": [{"errorCode": "API_DISABLED_FOR_ORG", "message": "no"}]})
        with pytest.raises(Stop) as caught:
            kit.scan("Contact", "LastName")
        assert caught.value.reason == "permission"
        assert "API Enabled" in caught.value.fix

    def test_an_object_that_the_user_may_not_see_stops_the_run(self, kit: Kit) -> None:
        with pytest.raises(Stop) as caught:
            kit.scan("Nonsense__c", "Name")
        assert caught.value.reason == "permission"
        with pytest.raises(Stop):
            kit.crm.schema("Nonsense__c")

    def test_an_org_without_field_history_has_no_times(self, kit: Kit) -> None:
        (id,) = kit.people("A")
        assert kit.crm.versions("Contact", [id], "Phone") == {}

    def test_what_a_column_was_is_known_from_its_history(self, kit: Kit) -> None:
        """An admin tracks the phone: who made it what and when, oldest first; other columns do not count."""
        id, untouched = kit.people("A", "B")
        (rep,) = kit.load("User", [{"Username": "r@x.example", "LastName": "R", "Email": "r@x.example"}])
        kit.store.track_history("Contact", "Phone", "Title")
        for phone in ("1", "2"):
            kit.world.clock.advance(3600)
            kit.store.user_edit("Contact", id, {"Phone": phone}, rep)
        kit.world.clock.advance(3600)
        kit.edit("Contact", id, Title="CEO")
        found = kit.crm.versions("Contact", [id[:15], untouched, "003000000000000"], "Phone")
        assert found.keys() == {id[:15]}
        first, last = found[id[:15]]
        assert (first.at, first.value, first.by_kind) == (MONDAY + timedelta(hours=1), "1", "person")
        assert (last.at, last.before, last.value) == (MONDAY + timedelta(hours=2), "1", "2")
        assert first.by_id == last.by_id == rep

    def test_what_we_wrote_ourselves_is_told_from_what_people_did(self, kit: Kit) -> None:
        """Two changes in one second keep their order."""
        (id,) = kit.people("A")
        (rep,) = kit.load("User", [{"Username": "r@x.example", "LastName": "R", "Email": "r@x.example"}])
        kit.store.track_history("Contact", "Phone")
        kit.store.user_edit("Contact", id, {"Phone": "1"}, rep)
        kit.crm.write("Contact", [Write("k", Op.UPDATE, "Contact", id, {"Phone": "2"})])
        kit.store.user_edit("Contact", id, {"Phone": "3"}, rep)
        found = [(v.value, v.by_kind) for v in kit.crm.versions("Contact", [id], "Phone")[id]]
        assert found == [("1", "person"), ("2", "connector"), ("3", "person")]

    def test_when_a_deal_moved_and_changed_hands_is_known_from_its_history(self, kit: Kit) -> None:
        """Opportunities have a history object of another name, and history calls lookups without Id."""
        (deal,) = kit.deals("Big")
        kit.store.track_history("Opportunity", "StageName", "OwnerId")
        kit.world.clock.advance(3600)
        kit.edit("Opportunity", deal, StageName="Qualification")
        kit.world.clock.advance(3600)
        (rep,) = kit.load("User", [{"Username": "r@x.example", "LastName": "R", "Email": "r@x.example"}])
        kit.edit("Opportunity", deal, OwnerId=rep)
        stages, owners = (kit.crm.versions("Opportunity", [deal], name) for name in ("StageName", "OwnerId"))
        assert changed_at(stages) == {deal: MONDAY + timedelta(hours=1)}
        assert changed_at(owners) == {deal: MONDAY + timedelta(hours=2)}

    def test_what_was_last_changed_in_our_name_is_known_by_the_modifier_or_else_by_the_history(
        self, kit: Kit
    ) -> None:
        """Two contacts are written by us; a rep saves one of them with another phone number, later. The title
        is tracked, the fax is not."""
        kit.load("User", [{"Username": "r@x.example", "LastName": "R", "Email": "r@x.example"}])
        kit.store.track_history("Contact", "Title", "Phone")
        mine, shared = kit.people("A", "B")
        values = {"Title": "CEO", "Fax": "1", "Phone": "2"}
        kit.crm.write("Contact", [Write(id, Op.UPDATE, "Contact", id, values) for id in (mine, shared)])
        kit.world.clock.advance(3600)
        kit.edit("Contact", shared, Phone="3")
        columns = ("Title", "Fax", "Phone")
        soon, late = (dict.fromkeys((mine, shared), MONDAY + timedelta(minutes=m)) for m in (5, -5))
        assert kit.crm.ours("Contact", soon, columns) == {mine: {*columns}, shared: {"Title"}}
        assert not any(kit.crm.ours("Contact", late, columns).values())

    def test_a_signed_jwt_logs_us_in_without_a_secret(self, kit: Kit) -> None:
        """An admin registered our public key; when the session ends, the adapter signs again."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        kit.store.trust_key(public.decode(), "our-app")
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        crm = Salesforce(
            Login(kit.url, "our-app", username="integration@simulated.example", private_key=secret)
        )
        assert crm.identity()
        kit.store.expire_tokens()
        assert crm.identity()
        crm.close()

    def test_new_fields_are_granted_to_us_through_our_permission_set(self, kit: Kit) -> None:
        """A field made through the API is invisible to everybody, its maker included, until it is
        granted."""
        kit.crm.add_fields("Lead", [NewField("SMK_Due__c", "Due", "Help", FieldType.DATETIME)])
        kit.crm.add_fields("Contact", [NewField("SMK_Due__c", "Due", "Help", FieldType.DATETIME)])
        (permission_set,) = [p for p in kit.stored("PermissionSet") if p["Name"] == "smarketing"]
        granted = {
            p["Field"] for p in kit.stored("FieldPermissions") if p["ParentId"] == permission_set["Id"]
        }
        assert granted == {"Lead.SMK_Due__c", "Contact.SMK_Due__c"}
        assigned = [
            a for a in kit.stored("PermissionSetAssignment") if a["PermissionSetId"] == permission_set["Id"]
        ]
        assert [a["AssigneeId"] for a in assigned] == [kit.store.user]

    def test_a_field_that_exists_but_is_hidden_is_only_granted(self, kit: Kit) -> None:
        new = [NewField("SMK_Due__c", "Due", "Help", FieldType.DATETIME)]
        kit.crm.add_fields("Lead", new)
        for row in list(kit.stored("FieldPermissions")):
            kit.store.user_delete("FieldPermissions", row["Id"])
        assert "SMK_Due__c" not in kit.crm.schema("Lead").fields
        kit.crm.add_fields("Lead", new)
        assert "SMK_Due__c" in kit.crm.schema("Lead").fields

    def test_fifteen_characters_of_an_id_are_enough_and_come_back_as_eighteen(self, kit: Kit) -> None:
        (id,) = kit.people("A")
        found = kit.crm.read("Contact", [id[:15]], ["LastName"])
        assert found[id[:15]].ref.id == id

    def test_two_thousand_changes_cost_ten_writes_and_one_reading_back(self, kit: Kit) -> None:
        ids = kit.people(*(f"P{n}" for n in range(2_000)))
        kit.crm.identity()
        kit.forget_requests()
        results = kit.crm.write("Contact", [kit.update(i, "Contact", i, {"Phone": "1"}) for i in ids])
        assert set(verdicts(results)) == {Verdict.DONE}
        assert kit.requests() == 11

    def test_hundreds_of_columns_do_not_fit_into_a_url(self, kit: Kit) -> None:
        """A query asks in its URL: with very many columns it only finds, and the values come by id."""
        (id,) = kit.people("A", Email="a@acme-test.nl", _created=LONG_AGO, _modified=LONG_AGO)
        (touched,) = kit.people("B")
        many = [f"A_Column_With_A_Rather_Long_Name_{n}__c" for n in range(180)]
        new = [NewField(name, name, "Help", FieldType.TEXT) for name in many]
        kit.crm.add_fields("Contact", new)
        found = kit.scan("Contact", "LastName", *many)
        assert {i: r.values["LastName"] for i, r in found.items()} == {id: "A", touched: "B"}
        assert found[id].values[many[-1]] is None
        assert kit.changed("Contact", MONDAY, "LastName", *many)[touched].values["LastName"] == "B"
        (record,) = kit.crm.find("Contact", "Email", ["a@acme-test.nl"], ["LastName", *many])
        assert record.values["LastName"] == "A"


def shout(_type: str, _before: object, row: dict[str, object]) -> dict[str, object]:
    """A flow that an admin built: last names in capitals."""
    return {**row, "LastName": str(row["LastName"]).upper()}
