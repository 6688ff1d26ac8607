"""`check --live`: the mapping against the fields that both CRMs really have."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from connector.mapping.live import Schemas, check_live
from connector.mapping.load import parse_text
from connector.mapping.problem import errors
from connector.mapping.rules import Mapping as Rules
from connector.model import Kind, Side
from connector.schema import FieldInfo, FieldType, Option, Schema

MAPPINGS = Path(__file__).parents[3] / "mappings"
KINDS = {
    "number": FieldType.NUMBER,
    "boolean": FieldType.BOOLEAN,
    "datetime": FieldType.DATETIME,
    "date": FieldType.DATE,
}
LIFECYCLE = (
    *("subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity", "customer"),
    "evangelist",
)


def options(*values: str) -> tuple[Option, ...]:
    return tuple(Option(value, value.title()) for value in values)


def fitting(mapping: Rules) -> dict[Side, dict[str, Schema]]:
    """Both CRMs exactly as the mapping wants them: every field there, writable, of the right type."""
    found: dict[Side, dict[str, dict[str, FieldInfo]]] = {side: {} for side in Side}
    for obj in mapping.objects.values():
        for side, types in obj.types.items():
            for type in types:
                link = FieldInfo(obj.link_column[side], "Link", FieldType.TEXT, length=32, unique=True)
                found[side][type] = {link.name: link}
        for rule in obj.fields:
            for side, by_type in rule.columns.items():
                for type, column in by_type.items():
                    with_time = getattr(rule.convert, "with_time", None) is side
                    kind = FieldType.DATETIME if with_time else KINDS.get(rule.convert.name, FieldType.TEXT)
                    found[side][type][column] = FieldInfo(column, column, kind)
    for own in mapping.own_fields:
        found[own.side][own.type].setdefault(own.column, FieldInfo(own.column, own.label, own.field_type))
    return {side: {type: Schema(type, fields) for type, fields in by.items()} for side, by in found.items()}


def changed(schemas: Schemas, side: Side, type: str, **fields: FieldInfo | None) -> Schemas:
    """The same CRMs with some fields of one object replaced, or taken away (None)."""
    now = {**schemas[side][type].fields, **fields}
    kept: Mapping[str, FieldInfo] = {name: info for name, info in now.items() if info is not None}
    return {**schemas, side: {**schemas[side], type: Schema(type, kept)}}


def info(name: str, type: FieldType = FieldType.TEXT) -> FieldInfo:
    return FieldInfo(name, name, type)


def test_two_crms_as_the_mapping_wants_them_have_no_problems(starter: Rules) -> None:
    assert check_live(starter, fitting(starter)) == []


def said(mapping: Rules, schemas: Schemas) -> list[str]:
    return [f"{problem.where} {problem.message} [{problem.rule}]" for problem in check_live(mapping, schemas)]


def test_a_renamed_field_is_named_with_the_nearest_one(starter: Rules) -> None:
    """An admin renamed the job title: the line that maps it is named, with what might be meant."""
    crms = changed(fitting(starter), Side.HUBSPOT, "contacts", jobtitle=None, job_title=info("job_title"))
    (line,) = said(starter, crms)
    where = starter.objects[Kind.CONTACT].field("job_title").where
    assert line == (
        f"{where} HubSpot contacts.jobtitle does not exist, or this user may not see it; "
        "did you mean job_title? [unknown-field]"
    )


def test_fields_of_ours_are_added_by_install_and_told_once_per_object(starter: Rules) -> None:
    crms = changed(fitting(starter), Side.SALESFORCE, "Lead", SMK_Link_Id__c=None, SMK_Score__c=None)
    (line,) = said(starter, crms)
    assert line.endswith(
        "Salesforce Lead lacks SMK_Link_Id__c and SMK_Score__c; run `smarketing install` [not-installed]"
    )


def test_a_link_field_must_be_unique(starter: Rules) -> None:
    """Without uniqueness a retry could not find the record that a crash left."""
    crms = changed(fitting(starter), Side.HUBSPOT, "deals", smk_link_id=info("smk_link_id"))
    assert [line.split("deals.smk_link_id ")[1] for line in said(starter, crms)] == [
        "is not unique; delete it and run `smarketing install` [link-field]"
    ]


@pytest.mark.parametrize(
    ("name", "extra", "expected"),
    [
        ("city", {"calculated": True}, "is calculated"),
        ("city", {"updatable": False}, "cannot be written by this user"),
        ("hs_email_optout", {"updatable": False}, "cannot be written by this user"),
        ("recent_conversion_event_name", {"calculated": True}, None),
    ],
)
def test_a_read_only_field_matters_only_where_a_rule_writes_it(
    starter: Rules, name: str, extra: dict[str, bool], expected: str | None
) -> None:
    """The date of a form is HubSpot's alone: that it cannot be written there is fine."""
    schemas = fitting(starter)
    now = replace(schemas[Side.HUBSPOT]["contacts"].fields[name], **extra)
    lines = said(starter, changed(schemas, Side.HUBSPOT, "contacts", **{name: now}))
    assert [expected in line for line in lines] == ([True] if expected else [])


def test_a_required_field_without_a_source_is_told_before_the_first_create(starter: Rules) -> None:
    """Salesforce demands a region of every new Lead; Contacts are not created, so theirs does not matter."""
    region = replace(info("Region__c"), required=True)
    crms = changed(fitting(starter), Side.SALESFORCE, "Lead", Region__c=region)
    crms = changed(crms, Side.SALESFORCE, "Contact", Region__c=region)
    (line,) = said(starter, crms)
    assert "Salesforce wants Region__c of every new Lead, and nothing here writes it" in line


def test_a_picklist_value_that_is_gone_stops_only_what_would_be_refused(starter: Rules) -> None:
    """Closed list: an error. Open list, or a value that is only read: a warning."""
    schemas = fitting(starter)
    status = replace(
        info("Status", FieldType.CHOICE), options=options("Open - Not Contacted", "Closed - Not Converted")
    )
    open_list = check_live(starter, changed(schemas, Side.SALESFORCE, "Lead", Status=status))
    closed = check_live(
        starter, changed(schemas, Side.SALESFORCE, "Lead", Status=replace(status, closed=True))
    )
    (warning,) = open_list
    assert 'Salesforce Lead.Status has no value "Working - Contacted"' in warning.message
    assert (errors(open_list), len(errors(closed))) == ([], 1)
    reads = replace(
        info("hs_lead_status", FieldType.CHOICE),
        options=options("NEW", "OPEN", "ATTEMPTED_TO_CONTACT", "UNQUALIFIED"),
    )
    found = check_live(
        starter, changed(schemas, Side.HUBSPOT, "contacts", hs_lead_status=replace(reads, closed=True))
    )
    assert errors(found) == []
    assert len(found) == 2


def test_an_inactive_value_counts_as_gone(starter: Rules) -> None:
    names = ["Qualification", "Prospecting", "Needs Analysis", "Value Proposition", "Id. Decision Makers"]
    names += [
        "Proposal/Price Quote",
        "Perception Analysis",
        "Negotiation/Review",
        "Closed Won",
        "Closed Lost",
    ]
    off = (*options(*names[:-1]), Option("Closed Lost", "Closed Lost", active=False))
    stage = replace(info("StageName", FieldType.CHOICE), options=off, closed=True)
    crms = changed(fitting(starter), Side.SALESFORCE, "Opportunity", StageName=stage)
    found = check_live(starter, crms)
    lost = next(step for step in starter.pipeline.deals if step.key == "lost")
    assert {problem.where for problem in found if "Closed Lost" in problem.message} >= {lost.where}


def test_another_order_of_stages_in_hubspot_is_refused(starter: Rules) -> None:
    """HubSpot ignores moves that go backward in its own order, so the two orders must be the same."""
    order = list(LIFECYCLE)
    order[2], order[3] = order[3], order[2]
    stage = replace(info("lifecyclestage", FieldType.CHOICE), options=options(*order), closed=True)
    (problem,) = check_live(
        starter, changed(fitting(starter), Side.HUBSPOT, "contacts", lifecyclestage=stage)
    )
    assert problem.where == next(s.where for s in starter.pipeline.stages if s.key == "sql")
    assert problem.rule == "stage-order"
    right = replace(stage, options=options(*LIFECYCLE))
    assert (
        check_live(starter, changed(fitting(starter), Side.HUBSPOT, "contacts", lifecyclestage=right)) == []
    )


def test_a_field_of_another_type_is_told_with_the_converter_to_use(starter: Rules) -> None:
    crms = changed(fitting(starter), Side.SALESFORCE, "Account", Name=info("Name", FieldType.NUMBER))
    crms = changed(crms, Side.SALESFORCE, "Opportunity", Amount=info("Amount", FieldType.DATE))
    assert [line.split(" ", 1)[1] for line in said(starter, crms)] == [
        "Salesforce Account.Name holds number; add `convert: number` [field-type]",
        "Salesforce Opportunity.Amount holds date, `convert: money` expects number there [field-type]",
    ]


def test_shorter_fields_are_one_warning_per_side(starter: Rules) -> None:
    """A first name of 60 letters fits HubSpot and not Salesforce: it is held, never cut, and said
    beforehand."""
    short = replace(info("FirstName"), length=40)
    crms = changed(fitting(starter), Side.SALESFORCE, "Lead", FirstName=short)
    (problem,) = check_live(starter, crms)
    assert "Salesforce keeps shorter texts than HubSpot: first_name (40)" in problem.message
    assert errors([problem]) == []


def test_a_mapping_without_deals_is_checked_too(starter: Rules) -> None:
    people = {kind: obj for kind, obj in starter.objects.items() if kind is not Kind.DEAL}
    fields = tuple(own for own in starter.own_fields if own.type not in ("deals", "Opportunity"))
    without = replace(starter, objects=people, own_fields=fields)
    assert check_live(without, fitting(without)) == []


def test_person_accounts_are_a_warning(starter: Rules) -> None:
    """They are held one by one; an admin shall know beforehand."""
    mark = info("IsPersonAccount", FieldType.BOOLEAN)
    crms = changed(fitting(starter), Side.SALESFORCE, "Contact", IsPersonAccount=mark)
    (problem,) = check_live(starter, crms)
    assert (problem.rule, errors([problem])) == ("person-account", [])


def test_an_object_that_the_user_may_not_see_is_named(starter: Rules) -> None:
    schemas = fitting(starter)
    del schemas[Side.SALESFORCE]["Opportunity"]
    (line,) = said(starter, schemas)
    assert "Salesforce shows no object Opportunity to this user; grant read access" in line


def test_a_stage_that_somebody_added_in_a_crm_means_nothing_until_the_mapping_says_what(
    starter: Rules,
) -> None:
    """An admin adds a lifecycle stage and a step of opportunities. "other" is held on purpose, inactive
    ones are nobody's."""
    old = Option("8", "Old", active=False)
    stages = (*options(*LIFECYCLE, "other"), Option("1234567", "Partner"), old)
    lifecycle = FieldInfo("lifecyclestage", "Stage", FieldType.CHOICE, options=stages)
    crms = changed(fitting(starter), Side.HUBSPOT, "contacts", lifecyclestage=lifecycle)
    names = [name for step in starter.pipeline.deals for name in step.salesforce]
    steps = FieldInfo("StageName", "Stage", FieldType.CHOICE, options=options(*names, "On Hold"))
    crms = changed(crms, Side.SALESFORCE, "Opportunity", StageName=steps)
    people, deals = said(starter, crms)
    assert "HubSpot contacts.lifecyclestage has values that mean no stage here: 1234567 (Partner);" in people
    assert "list it under `hold`" in people
    assert "Salesforce Opportunity.StageName has values that mean no stage here: On Hold;" in deals
    assert not errors(check_live(starter, crms))


def test_a_criterion_that_the_live_field_cannot_answer_is_told(starter: Rules) -> None:
    """The score is a text in this account, and the source is a picklist without the value that is asked
    for."""
    text = (MAPPINGS / "contacts.yaml").read_text(encoding="utf-8")
    scope = 'stage >= stages.sql && (score > 50 || city == "Ghent")'
    files = {path.name: path.read_text(encoding="utf-8") for path in MAPPINGS.glob("*.yaml")}
    files["contacts.yaml"] = text.replace("'stage >= stages.sql'", f"'{scope}'")
    mapping, problems = parse_text(files)
    assert mapping is not None, problems
    city = FieldInfo("city", "City", FieldType.CHOICE, options=options("Gent", "Brugge"))
    score = "hs_predictivecontactscore_v2"
    crms = changed(fitting(starter), Side.HUBSPOT, "contacts", city=city, **{score: info(score)})
    found = [line.partition(" ")[2] for line in said(mapping, crms)]
    assert found == [
        f"include.hubspot compares score with a number, but HubSpot contacts.{score} holds text "
        "[criterion-field]",
        'include.hubspot: HubSpot contacts.city has no value "Ghent"; did you mean Gent? [criterion-field]',
    ]
