"""``review`` for what is held, parked or left over after a deletion, as a person types it."""

from typing import Any

from desk import Desk

from connector.sandbox.salesforce.errors import ValidationRule

PERSON = {"email": "jan@devries.nl", "lastname": "de Vries", "lifecyclestage": "salesqualifiedlead"}


def refused_lead(desk: Desk) -> None:
    """A lead that an admin's rule refuses, since twelve days ago."""

    def rule(of: str, before: Any, after: dict[str, Any]) -> dict[str, Any]:
        if of == "Lead" and before is None:
            raise ValidationRule("no leads today", "LastName")
        return after

    desk.world.salesforce.on_write.append(rule)
    desk.world.hubspot.user_create("contacts", PERSON)
    desk.set_up()


def test_a_parked_record_is_listed_shown_and_retried(empty_desk: Desk) -> None:
    refused_lead(empty_desk)
    listed = empty_desk.ask("review", "list", code=1)
    (item,) = listed["held"]
    assert (listed["items"], item["code"], item["kind"]) == ([], "refused", "contact")
    assert item["refusal"] == "FIELD_CUSTOM_VALIDATION_EXCEPTION"
    assert empty_desk.ask("status", code=1)["held_items"][0]["refusal"] == item["refusal"]
    shown = empty_desk.ask("review", "show", item["id"])
    assert shown["how"] == [f"smarketing review retry {item['id']}"]
    assert (shown["retry_at"], shown["refusal"]) == (item["retry_at"], item["refusal"])
    words = empty_desk.type("review", "show", item["id"])
    assert "docs/errors.md, refused" in words.out
    empty_desk.world.salesforce.on_write.clear()
    empty_desk.ask("review", "retry", item["id"])
    assert empty_desk.ask("sync", code=None)["created"] == 1
    assert empty_desk.ask("review", "list", code=0)["held"] == []


def test_everything_held_can_be_retried_at_once(empty_desk: Desk) -> None:
    refused_lead(empty_desk)
    empty_desk.world.salesforce.on_write.clear()
    empty_desk.ask("review", "retry", "all")
    assert empty_desk.ask("sync", code=None)["created"] == 1


def test_what_waits_for_too_long_is_named_as_overdue(empty_desk: Desk) -> None:
    refused_lead(empty_desk)
    assert empty_desk.ask("status", code=1)["overdue"] == []
    empty_desk.world.clock.advance(12 * 86_400)
    empty_desk.ask("sync", code=1)
    (item,) = empty_desk.ask("status", code=1)["overdue"]
    assert (item["code"], item["age_s"] > 11 * 86_400) == ("refused", True)
    assert "Overdue: 1 item waiting for too long, the oldest for 12 days." in empty_desk.type("status").out


def test_who_is_left_over_after_a_deletion_may_start_anew(empty_desk: Desk) -> None:
    empty_desk.world.hubspot.user_create("contacts", PERSON)
    empty_desk.set_up()
    (lead,) = empty_desk.people("salesforce")
    empty_desk.world.salesforce.user_delete("Lead", lead["Id"])
    empty_desk.ask("sync", code=1)
    empty_desk.world.clock.advance(1000)
    empty_desk.ask("sync", code=1)
    (item,) = empty_desk.ask("review", "list", code=1)["items"]
    number = str(item["id"])
    assert item["code"] == "deleted"
    assert f"smarketing review resolve {number} --again" in empty_desk.ask("review", "show", number)["how"]
    empty_desk.ask("review", "resolve", number, "--again")
    assert empty_desk.ask("sync", code=None)["created"] == 1
    assert empty_desk.ask("review", "list", code=None)["items"] == []
