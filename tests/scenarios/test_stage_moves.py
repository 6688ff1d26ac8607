"""How people move through the shared pipeline, told as the two teams would: who may move whom, what becomes
of a move that is not allowed, and that nobody is ever left without a stage."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests
from setting import MAPPINGS, Firm, firm
from starlette.responses import JSONResponse

from connector.domain.notes import SENTENCES, sentence
from connector.mapping.load import load_or_raise
from connector.model import Side
from connector.report.journey import COLUMNS, passages, rows
from connector.sandbox.hubspot.submissions import Submission
from connector.undo import Wanted, undo

Edit = tuple[str, str, str]
FirmWith = Callable[..., Firm]

BACK = "    - {from: sql, to: [mql, lead]}\n"
CFO = ("pipeline.yaml", "  - key: sql\n", "  - key: sql\n    enter_when: 'job_title == \"CFO\"'\n")
REASON = (
    ("pipeline.yaml", BACK, "    - {from: sql, to: [mql, lead], needs: reason, grace: 30m}\n"),
    ("pipeline.yaml", "  forward: any\n", "  forward: any\n  reason: why_back\n"),
)
FIELD = "  - {name: why_back, hubspot: message, salesforce: Description, rule: two_way, clash: salesforce}\n"
WHY_BACK = ("contacts.yaml", "fields:\n", f"fields:\n{FIELD}")


@pytest.fixture
def firm_with(tmp_path: Path) -> Iterator[FirmWith]:
    """A firm whose mapping differs from the starter in a few places."""
    with ExitStack() as stack:

        def make(*edits: Edit, before: Callable[[Firm], None] = lambda _: None) -> Firm:
            made = stack.enter_context(firm(tmp_path))
            before(made)
            if edits:
                made.mappings = made.edited_mappings(tmp_path / "mappings", *edits[0])
                for file, old, new in edits[1:]:
                    text = (made.mappings / file).read_text()
                    assert old in text
                    (made.mappings / file).write_text(text.replace(old, new, 1))
            made.install()
            return made

        yield make


def stages(acme: Firm, contact: str) -> tuple[str | None, str | None]:
    """What the two CRMs show."""
    ref = acme.partner(contact)
    return acme.hubspot(contact).get("lifecyclestage"), acme.salesforce(ref.id, ref.type).get("SMK_Stage__c")


def sql_person(acme: Firm, **values: str) -> tuple[str, str]:
    contact = acme.contact(email="noor@x.nl", lastname="Noor", **values)
    acme.settle()
    return contact, acme.partner(contact).id


def refuse(acme: Firm, nth: int) -> Callable[[], None]:
    """From its n-th on, HubSpot answers each batch of contact updates with an error; call it to end that."""
    seen = {"n": 0, "over": False}

    def hook(name: str, scope: dict[str, str], app: object) -> JSONResponse | None:  # noqa: ARG001
        if name != "hubspot" or not scope["path"].endswith("contacts/batch/update") or seen["over"]:
            return None
        seen["n"] += 1
        if seen["n"] < nth:
            return None
        body = {"status": "error", "message": "x", "category": "INTERNAL_ERROR", "correlationId": "1"}
        return JSONResponse(body, 500)

    acme.world.hooks.insert(0, hook)  # type: ignore[arg-type]
    return lambda: seen.update(over=True)


def give_a_stage(acme: Firm, value: str, before: str) -> None:
    """An admin adds a lifecycle stage in HubSpot's settings."""
    at = f"{acme.running.hubspot_url}/crm/v3/properties/contacts/lifecyclestage"
    token = {"Authorization": "Bearer sandbox"}
    options = requests.get(at, headers=token, timeout=10).json()["options"]
    place = next(i for i, option in enumerate(options) if option["value"] == before)
    options.insert(place, {"value": value, "label": "In talks", "hidden": False})
    body = {"options": [{**option, "displayOrder": i} for i, option in enumerate(options)]}
    requests.patch(at, headers=token, json=body, timeout=10).raise_for_status()


# ---------------------------------------------------------------- nobody is left without a stage


@pytest.mark.parametrize("side", Side)
def test_somebody_clears_the_stage(firm_with: FirmWith, side: Side) -> None:
    acme = firm_with()
    contact, lead = sql_person(acme)
    if side is Side.HUBSPOT:
        acme.in_hubspot(contact, lifecyclestage="")
    else:
        acme.in_salesforce(lead, SMK_Stage__c=None)
    acme.settle()
    assert stages(acme, contact) == ("salesqualifiedlead", "sql")


def test_both_teams_clear_the_stage(firm_with: FirmWith) -> None:
    acme = firm_with()
    contact, lead = sql_person(acme)
    acme.in_hubspot(contact, lifecyclestage="")
    acme.in_salesforce(lead, SMK_Stage__c=None)
    acme.settle()
    assert stages(acme, contact) == ("salesqualifiedlead", "sql")


def test_a_stage_cleared_while_the_rep_moves_the_person_on(firm_with: FirmWith) -> None:
    acme = firm_with()
    contact, lead = sql_person(acme)
    acme.in_hubspot(contact, lifecyclestage="")
    acme.in_salesforce(lead, SMK_Stage__c="opportunity")
    acme.settle()
    assert stages(acme, contact) == ("opportunity", "opportunity")


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_the_line_breaks_between_clearing_and_setting(firm_with: FirmWith, nth: int) -> None:
    """HubSpot moves a stage back only in two steps. Whichever request fails, the person ends where the rep
    put them."""
    acme = firm_with()
    contact, lead = sql_person(acme)
    acme.in_salesforce(lead, SMK_Stage__c="mql")
    mend = refuse(acme, nth)
    acme.sync()
    mend()
    acme.pass_time(60)
    acme.settle()
    assert stages(acme, contact) == ("marketingqualifiedlead", "mql")


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_the_line_breaks_while_a_jump_is_put_back(firm_with: FirmWith, nth: int) -> None:
    acme = firm_with(("pipeline.yaml", "forward: any", "forward: next_only"))
    contact, _ = sql_person(acme)
    acme.in_hubspot(contact, lifecyclestage="customer")
    mend = refuse(acme, nth)
    acme.sync()
    mend()
    acme.pass_time(60)
    acme.settle()
    assert stages(acme, contact) == ("salesqualifiedlead", "sql")


def test_the_line_breaks_and_the_rep_changes_his_mind(firm_with: FirmWith) -> None:
    acme = firm_with()
    contact, lead = sql_person(acme)
    acme.in_salesforce(lead, SMK_Stage__c="mql")
    mend = refuse(acme, 3)
    acme.sync()
    assert not acme.hubspot(contact).get("lifecyclestage"), "cleared, and not set"
    mend()
    acme.in_salesforce(lead, SMK_Stage__c="sql")
    acme.pass_time(60)
    acme.settle()
    assert stages(acme, contact) == ("salesqualifiedlead", "sql")


def test_a_conversion_that_does_not_take_the_stage_along(firm_with: FirmWith) -> None:
    """Salesforce copies custom fields to the new contact only where the admin mapped them."""
    acme = firm_with()
    contact, lead = sql_person(acme)
    made = str(acme.world.salesforce.convert(lead, opportunity=False)["contact"])
    acme.in_salesforce(made, "Contact", SMK_Stage__c=None)
    acme.settle()
    assert acme.partner(contact).type == "Contact"
    assert stages(acme, contact) == ("salesqualifiedlead", "sql")


# ---------------------------------------------------------------- moves that do not stand


def test_a_jump_loses_to_a_step_that_is_allowed(firm_with: FirmWith) -> None:
    """Marketing jumps two stages while the rep takes the next one: the rep's move stands, in both."""
    acme = firm_with(("pipeline.yaml", "forward: any", "forward: next_only"))
    contact, lead = sql_person(acme)
    acme.in_hubspot(contact, lifecyclestage="customer")
    acme.in_salesforce(lead, SMK_Stage__c="opportunity")
    acme.settle()
    assert stages(acme, contact) == ("opportunity", "opportunity")


def notes(acme: Firm, contact: str) -> set[str | None]:
    """What both records say about the last move."""
    ref = acme.partner(contact)
    note = acme.salesforce(ref.id, ref.type).get("SMK_Stage_Note__c")
    return {acme.hubspot(contact).get("smk_stage_note") or None, note}


def went(acme: Firm, contact: str) -> list[str]:
    """The stages of the person's history."""
    link = acme.link(Side.HUBSPOT, "contacts", contact)
    assert link is not None
    return [move.end for move in acme.store.stage_moves([link.id])[link.id]]


def test_a_rep_sends_a_person_back_and_forgets_why(firm_with: FirmWith) -> None:
    acme = firm_with(*REASON, WHY_BACK)
    contact, lead = sql_person(acme)
    acme.in_salesforce(lead, SMK_Stage__c="mql")
    acme.settle()
    assert stages(acme, contact) == ("salesqualifiedlead", "mql"), "it waits for the reason"
    assert [(h.code, h.field) for h in acme.store.held_items()] == [("no_reason", "stage")]
    assert notes(acme, contact) == {
        'The move to "Marketing qualified" needs a reason. '
        'Without one this person goes back to "Sales qualified".'
    }
    acme.pass_time(15)
    acme.in_salesforce(lead, Phone="+31 20 123 4567")
    acme.settle()
    acme.pass_time(16)
    acme.settle()
    assert stages(acme, contact) == ("salesqualifiedlead", "sql"), "put back as soon as the grace is over"
    assert acme.store.held_items() == []
    assert notes(acme, contact) == {
        'Back to "Sales qualified": no reason was stated for the move to "Marketing qualified".'
    }
    assert went(acme, contact) == ["sql", "mql", "sql"], "the move and the putting back, and nothing else"
    acme.in_salesforce(lead, SMK_Stage__c="opportunity")
    acme.settle()
    assert notes(acme, contact) == {None}, "the next move that stands takes the note away"


@pytest.mark.parametrize("language", ["nl", "da"])
def test_the_note_speaks_the_language_of_the_firm(language: str) -> None:
    rules = load_or_raise(MAPPINGS, language)
    texts = {sentence(f"{code}:sql:lead", rules.pipeline, language) for code in SENTENCES[language]}
    assert len(texts) == len(SENTENCES["en"])
    label = {"nl": "Sales-gekwalificeerd", "da": "Salgskvalificeret"}[language]
    assert all(text is not None and label in text and len(text) <= 255 for text in texts)


def test_a_move_that_the_pipeline_does_not_know_is_put_back_and_says_so(firm_with: FirmWith) -> None:
    acme = firm_with()
    contact, lead = sql_person(acme)
    acme.in_hubspot(contact, lifecyclestage="customer")
    acme.settle()
    acme.in_salesforce(lead, SMK_Stage__c="lead")
    acme.settle()
    assert stages(acme, contact) == ("customer", "customer")
    assert notes(acme, contact) == {'Back to "Customer": nobody moves from there to "Lead" in this pipeline.'}
    acme.in_salesforce(lead, Phone="+31 20 123 4567")
    acme.settle()
    assert notes(acme, contact) != {None}, "an edit of something else leaves the note"


def test_a_rep_gives_the_reason_a_little_later(firm_with: FirmWith) -> None:
    acme = firm_with(*REASON, WHY_BACK)
    contact, lead = sql_person(acme)
    acme.in_salesforce(lead, SMK_Stage__c="mql")
    acme.settle()
    acme.pass_time(10)
    acme.in_salesforce(lead, Description="No budget")
    acme.settle()
    assert stages(acme, contact) == ("marketingqualifiedlead", "mql")
    assert acme.hubspot(contact)["message"] == "No budget"


def reasons(acme: Firm, contact: str) -> list[tuple[str, str]]:
    """What `explain contact ID stage` shows: each stage of the person, and why they were sent there."""
    ref = acme.link(Side.HUBSPOT, "contacts", contact)
    assert ref is not None
    told = passages(acme.store.stage_moves([ref.id])[ref.id], {})
    place = COLUMNS.index("reason")
    return [(row[0], row[place]) for row in rows(told)]


def rejected_once(acme: Firm) -> tuple[str, str]:
    """Noor was rejected for her budget, and brought on again."""
    contact, lead = sql_person(acme)
    acme.in_salesforce(lead, SMK_Stage__c="mql", Description="No budget")
    acme.settle()
    assert stages(acme, contact) == ("marketingqualifiedlead", "mql")
    acme.pass_time(60)
    acme.in_hubspot(contact, lifecyclestage="salesqualifiedlead")
    acme.settle()
    acme.pass_time(60)
    return contact, lead


def test_a_rep_rejects_the_same_person_a_second_time_and_forgets_why(firm_with: FirmWith) -> None:
    """The old reason still stands in its field: it was stated for another move, and does not count."""
    acme = firm_with(*REASON, WHY_BACK)
    contact, lead = rejected_once(acme)
    acme.in_salesforce(lead, SMK_Stage__c="mql")
    acme.settle()
    assert stages(acme, contact) == ("salesqualifiedlead", "mql"), "it waits for a reason of its own"
    acme.pass_time(10)
    acme.in_salesforce(lead, Description="Went to a competitor")
    acme.settle()
    assert stages(acme, contact) == ("marketingqualifiedlead", "mql")
    assert reasons(acme, contact) == [("sql", ""), ("mql", "why_back"), ("sql", ""), ("mql", "why_back")]
    link = acme.link(Side.HUBSPOT, "contacts", contact)
    assert link is not None
    assert "budget" not in str(acme.store.stage_moves([link.id])), "what people typed is not kept"


def test_the_old_reason_does_not_outlast_the_grace(firm_with: FirmWith) -> None:
    acme = firm_with(*REASON, WHY_BACK)
    contact, lead = rejected_once(acme)
    acme.in_salesforce(lead, SMK_Stage__c="mql")
    acme.settle()
    acme.pass_time(31)
    acme.settle()
    assert stages(acme, contact) == ("salesqualifiedlead", "sql")


def test_the_same_reason_counts_again_once_it_was_cleared(firm_with: FirmWith) -> None:
    clear = (
        WHY_BACK[0],
        WHY_BACK[1],
        WHY_BACK[2].replace("clash: salesforce", "clash: salesforce, blank: clear"),
    )
    acme = firm_with(*REASON, clear)
    contact, lead = rejected_once(acme)
    acme.in_salesforce(lead, Description=None)
    acme.settle()
    acme.in_salesforce(lead, SMK_Stage__c="mql", Description="No budget")
    acme.settle()
    assert stages(acme, contact) == ("marketingqualifiedlead", "mql")


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_reason_that_was_stated_counts_until_the_move_is_carried_over(
    firm_with: FirmWith, nth: int
) -> None:
    """The line breaks while the rejection is carried over: the next syncs do not ask for another reason."""
    acme = firm_with(*REASON, WHY_BACK)
    contact, lead = rejected_once(acme)
    acme.in_salesforce(lead, SMK_Stage__c="mql", Description="Went to a competitor")
    mend = refuse(acme, nth)
    acme.sync()
    mend()
    acme.pass_time(60)
    acme.settle()
    assert stages(acme, contact) == ("marketingqualifiedlead", "mql")


def test_a_clash_may_be_left_to_a_person(firm_with: FirmWith) -> None:
    acme = firm_with(("pipeline.yaml", "\nhold:", "\nclash: review\nhold:"))
    contact, lead = sql_person(acme)
    acme.in_hubspot(contact, lifecyclestage="opportunity")
    acme.in_salesforce(lead, SMK_Stage__c="mql")
    acme.settle()
    (item,) = acme.store.open_reviews()
    assert (item.review.code, item.review.field) == ("clash", "stage")
    acme.store.resolve_review(item.id, "salesforce", acme.now())
    acme.settle()
    assert stages(acme, contact) == ("marketingqualifiedlead", "mql")


# ---------------------------------------------------------------- criteria


def test_an_edited_criterion_moves_nobody_by_itself(firm_with: FirmWith) -> None:
    """Everybody below the old threshold was armed; the day on which it is lowered moves none of them."""
    acme = firm_with(CFO)
    contact = acme.contact(email="n@x.nl", lastname="N", lifecyclestage="lead", jobtitle="CEO")
    acme.settle()
    file = acme.mappings / "pipeline.yaml"
    file.write_text(file.read_text().replace('job_title == "CFO"', 'job_title != ""'))
    acme.plan()
    acme.sync(full=True)
    acme.settle()
    assert acme.hubspot(contact)["lifecyclestage"] == "lead"


def test_a_criterion_that_turned_true_as_a_rep_moved_the_person_back_does_not_fire_later(
    firm_with: FirmWith,
) -> None:
    acme = firm_with(CFO)
    contact, lead = sql_person(acme)
    acme.in_hubspot(contact, jobtitle="CFO")
    acme.in_salesforce(lead, SMK_Stage__c="lead")
    acme.settle()
    acme.in_hubspot(contact, phone="+31201234567")
    acme.settle()
    assert stages(acme, contact) == ("lead", "lead")


@pytest.mark.parametrize("by_hand", [False, True], ids=["brought by the criterion", "brought by hand"])
def test_a_score_that_falls_and_rises_does_not_undo_a_reps_no(firm_with: FirmWith, by_hand: bool) -> None:
    acme = firm_with(CFO, ("pipeline.yaml", "when: last_conversion_at > moved_back_at", "when: phone != ''"))
    contact = acme.contact(
        email="n@x.nl", lastname="N", lifecyclestage="salesqualifiedlead" if by_hand else "lead"
    )
    acme.settle()
    if not by_hand:
        acme.in_hubspot(contact, jobtitle="CFO")
        acme.settle()
    lead = acme.partner(contact).id
    acme.pass_time(60)
    acme.in_salesforce(lead, SMK_Stage__c="mql")
    acme.settle()
    for title in ("Clerk", "CFO", "Clerk", "CFO"):
        acme.pass_time(60)
        acme.in_hubspot(contact, jobtitle=title)
        acme.settle()
        assert stages(acme, contact) == ("marketingqualifiedlead", "mql")
    acme.pass_time(60 * 24 * 91)
    acme.in_hubspot(contact, city="Gent")
    acme.settle()
    assert stages(acme, contact) == ("marketingqualifiedlead", "mql"), "the time alone brings nobody back"
    acme.in_hubspot(contact, phone="+31201234567")
    acme.settle()
    assert stages(acme, contact) == ("salesqualifiedlead", "sql"), "a new episode"


def test_new_interest_before_the_time_is_over_counts_when_it_is(firm_with: FirmWith) -> None:
    """She fills in a form a month after the no; when the 90 days are over nothing else happens, and she is
    brought on all the same."""
    acme = firm_with(CFO)
    contact, lead = sql_person(acme, jobtitle="CFO")
    acme.pass_time(60)
    acme.in_salesforce(lead, SMK_Stage__c="mql")
    acme.settle()
    acme.pass_time(30 * 24 * 60)
    acme.world.hubspot.form_submit(Submission("Demo", "noor@x.nl"))
    acme.pass_time(1)
    acme.settle()
    assert stages(acme, contact) == ("marketingqualifiedlead", "mql")
    acme.pass_time(61 * 24 * 60)
    acme.settle()
    assert stages(acme, contact) == ("salesqualifiedlead", "sql")


def test_an_undone_move_stays_undone(firm_with: FirmWith) -> None:
    """An undo sets HubSpot's stage back in two requests; the two CRMs then differ until the next edit."""
    acme = firm_with()
    contact, lead = sql_person(acme)
    acme.in_salesforce(lead, SMK_Stage__c="opportunity")
    run = acme.sync().run
    assert stages(acme, contact) == ("opportunity", "opportunity")
    undo(acme.env, Wanted(run, field="stage"), write=True)
    assert stages(acme, contact) == ("salesqualifiedlead", "opportunity")
    acme.settle()
    assert stages(acme, contact) == ("salesqualifiedlead", "opportunity")
    acme.in_salesforce(lead, SMK_Stage__c="customer")
    acme.settle()
    assert stages(acme, contact) == ("customer", "customer")


def test_who_was_rejected_may_be_brought_back_by_hand_at_any_time(firm_with: FirmWith) -> None:
    acme = firm_with(CFO)
    contact, lead = sql_person(acme)
    acme.in_salesforce(lead, SMK_Stage__c="mql")
    acme.settle()
    acme.in_hubspot(contact, lifecyclestage="salesqualifiedlead")
    acme.settle()
    assert stages(acme, contact) == ("salesqualifiedlead", "sql")


def test_a_custom_stage_of_hubspot_has_a_number(firm_with: FirmWith) -> None:
    acme = firm_with(
        ("pipeline.yaml", "lifecyclestage: opportunity", 'lifecyclestage: "1234567"'),
        before=lambda made: give_a_stage(made, "1234567", before="customer"),
    )
    contact, lead = sql_person(acme)
    acme.in_salesforce(lead, SMK_Stage__c="opportunity")
    acme.settle()
    assert stages(acme, contact) == ("1234567", "opportunity")
    acme.in_salesforce(lead, SMK_Stage__c="sql")
    acme.settle()
    assert stages(acme, contact) == ("salesqualifiedlead", "sql")
