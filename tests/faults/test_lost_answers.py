"""The network fails at the worst moment: after the CRM has done it and before we know."""

from collections.abc import Mapping
from typing import Any

import pytest
import requests
from setting import Firm

from connector.errors import Retry, Stop
from connector.sandbox.salesforce.errors import ValidationRule

UPDATES = "/services/data/v64.0/composite/sobjects"


def fault(
    acme: Firm, answer: object, method: str = "POST", prefix: str = "/", nth: int = 1, times: int = 1
) -> None:
    """Tell the simulated CRMs to misbehave on some of the next requests."""
    rule = {"match": {"method": method, "path_prefix": prefix}, "nth": nth, "times": times, "answer": answer}
    requests.post(f"{acme.running.hubspot_url}/_sandbox/faults", json=rule, timeout=5).raise_for_status()


def calm(acme: Firm) -> None:
    requests.delete(f"{acme.running.hubspot_url}/_sandbox/faults", timeout=5).raise_for_status()


def test_a_create_whose_answer_was_lost_makes_no_second_lead(acme: Firm) -> None:
    """Salesforce created the lead, the connection broke: the next run finds it by our link id."""
    contact = acme.contact(email="a@x.nl", lastname="A")
    fault(acme, "apply_then_drop", "POST", UPDATES)
    report = acme.sync()
    assert report.failed == 1
    assert len(acme.live("Lead")) == 1
    acme.settle()
    assert len(acme.live("Lead")) == 1
    assert acme.partner(contact).id == acme.live("Lead")[0]["Id"]
    assert acme.hubspot(contact)["smk_salesforce_id"] == acme.live("Lead")[0]["Id"]


def test_our_own_lost_write_is_not_taken_for_a_persons_edit(acme: Firm) -> None:
    """We wrote the new phone number to Salesforce and never heard back; then marketing corrects it once more.
    The newer number must win, although Salesforce's value changed since the base as well and the rule says
    that Salesforce wins a clash."""
    contact = acme.contact(email="a@x.nl", lastname="A", phone="+31201111111")
    acme.settle()
    lead = acme.partner(contact).id
    acme.in_hubspot(contact, phone="+31202222222")
    fault(acme, "apply_then_drop", "PATCH", UPDATES)
    acme.sync()
    assert acme.salesforce(lead)["Phone"] == "+31202222222"
    acme.in_hubspot(contact, phone="+31203333333")
    acme.settle()
    assert acme.salesforce(lead)["Phone"] == acme.hubspot(contact)["phone"] == "+31203333333"


def shortened(type: str, before: Mapping[str, Any] | None, after: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001
    """An admin's flow leaves seven characters of a lead's title."""
    return {**after, "Title": after["Title"][:7]} if type == "Lead" and after.get("Title") else after


def a_rep_is_hired(acme: Firm) -> None:
    """From now on what people do in Salesforce is not done in the name of the connector's user."""
    acme.world.salesforce.load("User", [{"Username": "rep@x.nl", "LastName": "Rep", "IsActive": True}])


def test_what_a_flow_made_of_a_write_whose_answer_was_lost_is_not_a_persons_edit(acme: Firm) -> None:
    """Marketing enters a long title, the flow shortens it in Salesforce, and we never hear of it. Nobody has
    edited anything in Salesforce, though Salesforce would win a clash: the long title stays in HubSpot."""
    acme.world.salesforce.on_write.append(shortened)
    contact = acme.contact(email="a@x.nl", lastname="A", jobtitle="Inkoper")
    acme.settle()
    lead = acme.partner(contact).id
    acme.in_hubspot(contact, jobtitle="Head of Purchasing")
    fault(acme, "apply_then_drop", "PATCH", UPDATES)
    assert acme.sync().failed == 1
    acme.settle()
    assert acme.salesforce(lead)["Title"] == "Head of"
    assert acme.hubspot(contact)["jobtitle"] == "Head of Purchasing"
    assert acme.store.open_reviews() == []
    acme.in_salesforce(lead, Title="CPO")
    acme.settle()
    assert acme.hubspot(contact)["jobtitle"] == "CPO"


def test_what_a_flow_made_of_a_create_whose_answer_was_lost_is_not_a_persons_edit(acme: Firm) -> None:
    acme.world.salesforce.on_write.append(shortened)
    contact = acme.contact(email="a@x.nl", lastname="A", jobtitle="Head of Purchasing")
    fault(acme, "apply_then_drop", "POST", UPDATES)
    assert acme.sync().failed == 1
    acme.settle()
    assert acme.live("Lead")[0]["Title"] == "Head of"
    assert acme.hubspot(contact)["jobtitle"] == "Head of Purchasing"


def test_what_a_rep_enters_over_a_write_whose_answer_was_lost_is_an_edit(acme: Firm) -> None:
    """Marketing's title arrived, shortened, unheard; then a rep enters another one, which counts."""
    a_rep_is_hired(acme)
    acme.world.salesforce.on_write.append(shortened)
    contact = acme.contact(email="a@x.nl", lastname="A", jobtitle="Inkoper")
    acme.settle()
    acme.in_hubspot(contact, jobtitle="Head of Purchasing")
    fault(acme, "apply_then_drop", "PATCH", UPDATES)
    acme.sync()
    acme.in_salesforce(acme.partner(contact).id, Title="CPO")
    acme.settle()
    assert acme.hubspot(contact)["jobtitle"] == acme.salesforce(acme.partner(contact).id)["Title"] == "CPO"


@pytest.mark.parametrize("tracked", [True, False])
def test_what_a_flow_made_of_it_is_told_from_a_later_edit_elsewhere_by_the_fields_history(
    acme: Firm, tracked: bool
) -> None:
    """After the shortened title a rep saves the same lead with another city. Where an admin tracks the title,
    its history says that the title is our doing. Where not, nobody can tell, and it counts as an edit."""
    acme.world.salesforce.on_write.append(shortened)
    if tracked:
        acme.world.salesforce.track_history("Lead", "Title")
    a_rep_is_hired(acme)
    contact = acme.contact(email="a@x.nl", lastname="A", jobtitle="Inkoper")
    acme.settle()
    acme.in_hubspot(contact, jobtitle="Head of Purchasing")
    fault(acme, "apply_then_drop", "PATCH", UPDATES)
    acme.sync()
    acme.in_salesforce(acme.partner(contact).id, City="Gent")
    acme.settle()
    assert acme.hubspot(contact)["jobtitle"] == ("Head of Purchasing" if tracked else "Head of")
    assert acme.hubspot(contact)["city"] == "Gent"


def test_what_somebody_enters_in_our_users_name_long_after_a_lost_answer_is_an_edit(acme: Firm) -> None:
    """A small firm: the sales manager's own user is the connector's. The title that he enters an hour after
    the answer to our write was lost is his."""
    acme.world.salesforce.on_write.append(shortened)
    contact = acme.contact(email="a@x.nl", lastname="A", jobtitle="Inkoper")
    acme.settle()
    acme.in_hubspot(contact, jobtitle="Head of Purchasing")
    fault(acme, "apply_then_drop", "PATCH", UPDATES)
    acme.sync()
    acme.pass_time(60)
    acme.in_salesforce(acme.partner(contact).id, Title="CPO")
    acme.settle()
    assert acme.hubspot(contact)["jobtitle"] == "CPO"


def test_a_lost_write_to_somebody_who_is_not_shown_for_a_while_is_no_edit_either(acme: Firm) -> None:
    """We wrote the new number and never heard back; a sharing rule hides the lead from the next sync, and
    marketing corrects the number once more. When the lead is shown again, the newer number wins, although
    Salesforce wins a clash. Somebody else's edit goes out meanwhile."""
    contact = acme.contact(email="a@x.nl", lastname="A", phone="+31201111111")
    other = acme.contact(email="b@x.nl", lastname="B")
    acme.settle()
    lead = acme.partner(contact).id
    acme.in_hubspot(contact, phone="+31202222222")
    fault(acme, "apply_then_drop", "PATCH", UPDATES)
    acme.sync()
    acme.world.salesforce.share(hidden=[lead])
    acme.in_hubspot(contact, phone="+31203333333")
    acme.in_hubspot(other, jobtitle="CFO")
    for _ in range(2):
        acme.sync()
        acme.pass_time(60)
    assert acme.salesforce(acme.partner(other).id)["Title"] == "CFO"
    acme.world.salesforce.share(hidden=[])
    acme.pass_time(60)
    acme.settle()
    assert acme.salesforce(lead)["Phone"] == acme.hubspot(contact)["phone"] == "+31203333333"
    assert acme.store.open_intents() == []


def test_a_write_that_never_arrived_is_done_by_the_next_run(acme: Firm) -> None:
    contact = acme.contact(email="a@x.nl", lastname="A", jobtitle="Inkoper")
    acme.settle()
    lead = acme.partner(contact).id
    acme.in_hubspot(contact, jobtitle="CFO")
    fault(acme, "drop", "PATCH", UPDATES)
    acme.sync()
    assert acme.salesforce(lead)["Title"] == "Inkoper"
    acme.settle()
    assert acme.salesforce(lead)["Title"] == "CFO"


def test_an_unreachable_crm_ends_the_run_with_a_reason_and_loses_no_edit(acme: Firm) -> None:
    """HubSpot answers 503 to every search: the run gives up, and the edits of that hour arrive when it is
    back."""
    contact = acme.contact(email="a@x.nl", lastname="A")
    acme.settle()
    acme.in_hubspot(contact, jobtitle="CFO")
    rule = {"match": {"side": "hubspot", "method": "POST"}, "times": None, "answer": {"status": 503}}
    requests.post(f"{acme.running.hubspot_url}/_sandbox/faults", json=rule, timeout=5).raise_for_status()
    with pytest.raises(Retry):
        acme.sync()
    calm(acme)
    acme.pass_time(240)
    acme.settle()
    assert acme.salesforce(acme.partner(contact).id)["Title"] == "CFO"


def test_a_revoked_hubspot_token_stops_the_run_before_any_write(acme: Firm) -> None:
    acme.contact(email="a@x.nl", lastname="A")
    acme.world.hubspot.revoke("sandbox")
    with pytest.raises(Stop) as stopped:
        acme.sync()
    assert stopped.value.fix
    assert acme.live("Lead") == []


def test_an_expired_salesforce_token_is_renewed_once_and_nobody_notices(acme: Firm) -> None:
    contact = acme.contact(email="a@x.nl", lastname="A")
    acme.world.salesforce.expire_tokens()
    acme.settle()
    assert acme.partner(contact)


def test_a_hidden_field_blanks_nothing(acme: Firm) -> None:
    """Somebody took the permission for Title away: the value in HubSpot stays, and the field is reported as
    not read."""
    contact = acme.contact(email="a@x.nl", lastname="A", jobtitle="CFO")
    acme.settle()
    acme.world.salesforce.hide_field("Lead", "Title")
    acme.pass_time(120)
    acme.in_salesforce(acme.partner(contact).id, City="Gent")
    acme.sync()
    assert acme.hubspot(contact)["jobtitle"] == "CFO"
    assert ("not_read", "job_title") in {(h.code, h.field) for h in acme.store.held_items()}
    acme.world.salesforce.hide_field("Lead", "Title", hidden=False)
    acme.pass_time(120)
    acme.settle()
    assert acme.store.held_items() == []


def test_a_field_that_was_hidden_in_the_middle_of_an_hour_is_read_again_when_it_is_shown_again(
    acme: Firm,
) -> None:
    """The fields are asked for once an hour; Salesforce refuses one of them before that. The same process
    goes on for days."""
    contact = acme.contact(email="a@x.nl", lastname="A")
    acme.settle()
    acme.world.salesforce.hide_field("Lead", "Title")
    acme.in_hubspot(contact, jobtitle="CFO")
    acme.sync()
    acme.world.salesforce.hide_field("Lead", "Title", hidden=False)
    acme.pass_time(120)
    acme.settle()
    assert acme.salesforce(acme.partner(contact).id)["Title"] == "CFO"


def test_one_bad_record_holds_up_no_other(acme: Firm) -> None:
    """One of five names is too long for Salesforce: four leads are created, the fifth is reported and waits
    for its correction."""
    people = [acme.contact(email=f"p{n}@x.nl", lastname=f"P{n}" if n != 3 else "L" * 90) for n in range(5)]
    report = acme.sync()
    assert report.created == 4
    assert [(h.code, h.field) for h in acme.store.held_items()] == [("too_long", "last_name")]
    acme.in_hubspot(people[3], lastname="Short")
    acme.settle()
    assert len(acme.live("Lead")) == 5
    assert acme.store.held_items() == []


def test_a_record_that_an_admins_rule_refuses_waits_with_the_reason(acme: Firm) -> None:
    """Salesforce's validation rule wants a city on every lead: that one is refused, its neighbours are
    not."""

    def city_needed(type: str, before: Mapping[str, Any] | None, after: dict[str, Any]) -> dict[str, Any]:
        if type == "Lead" and before is None and not after.get("City"):
            raise ValidationRule("Fill in the city", "City")
        return after

    acme.world.salesforce.on_write.append(city_needed)
    poor = acme.contact(email="a@x.nl", lastname="A")
    acme.contact(email="b@x.nl", lastname="B", city="Gent")
    report = acme.sync()
    assert (report.created, report.failed) == (1, 1)
    (held,) = acme.store.held_items()
    assert (held.code, "FIELD_CUSTOM_VALIDATION_EXCEPTION" in held.message) == ("refused", True)
    acme.in_hubspot(poor, city="Aarhus")
    acme.settle()
    assert len(acme.live("Lead")) == 2
    assert acme.store.held_items() == []


def test_a_mark_that_cannot_be_written_stops_the_run_with_words_and_doubles_nobody(acme: Firm) -> None:
    """The file by which a restored state is recognised stands beside the key, maybe on another disk."""
    acme.contact(email="a@x.nl", lastname="A")
    in_the_way = acme.folder / "key.seen.new"
    in_the_way.mkdir()
    with pytest.raises(Stop, match=r"key\.seen") as stopped:
        acme.sync()
    assert stopped.value.reason == "disk"
    in_the_way.rmdir()
    acme.settle()
    assert len(acme.live("Lead")) == 1
