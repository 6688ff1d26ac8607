"""What counts as a disagreement between two CRMs, told with hand-made records."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from connector.mapping.convert import Context, Converter
from connector.mapping.converters.links import Owner, Reference, References
from connector.mapping.converters.scalars import Boolean
from connector.mapping.converters.text import Phone, Text
from connector.mapping.criteria import Of, compile
from connector.mapping.rules import Blank, FieldRule, ObjectMap, OnExit, Rule, Where
from connector.model import Kind, Raw, Record, Ref, Side
from connector.report.differences import Code, Finding, compare_group, compare_single, in_scope, row_of

HERE = Where("contacts.yaml", 1)
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PEOPLE: Mapping[Side, tuple[str, ...]] = {Side.HUBSPOT: ("contacts",), Side.SALESFORCE: ("Contact", "Lead")}
FIRMS = {Side.HUBSPOT: ("companies",), Side.SALESFORCE: ("Account",)}
OWNERS = {Side.HUBSPOT: {"51": "mia", "52": "left"}, Side.SALESFORCE: {"005M": "mia", "005L": "left"}}
ACTIVE = {Side.HUBSPOT: {"mia": "51"}, Side.SALESFORCE: {"mia": "005M", "left": "005L"}}
ZONES = {Side.HUBSPOT: ZoneInfo("Europe/Amsterdam"), Side.SALESFORCE: ZoneInfo("UTC")}


def rule(name: str, how: Rule, convert: Converter | None = None, blank: Blank = Blank.KEEP) -> FieldRule:
    """A field that is called the same everywhere; Salesforce has it on both object types."""
    columns = {Side.HUBSPOT: {"contacts": name}, Side.SALESFORCE: {"Contact": name, "Lead": name}}
    return FieldRule(name, Kind.CONTACT, columns, how, convert or Text(), HERE, blank=blank)


def people(*fields: FieldRule, into_hubspot: str | None = "contacts") -> ObjectMap:
    """Contacts with a stage; HubSpot's are in scope at the hand-over, Salesforce's always."""
    stage = rule("stage", Rule.TWO_WAY)
    return ObjectMap(
        kind=Kind.CONTACT,
        types=PEOPLE,
        match=(),
        include={
            Side.HUBSPOT: compile('stage == "sql"', {"stage": Of.TEXT}, ()),
            Side.SALESFORCE: compile("true", {}, ()),
        },
        on_exit=OnExit.KEEP,
        create={Side.HUBSPOT: into_hubspot, Side.SALESFORCE: "Lead"},
        fields=(stage, *fields),
        link_column={Side.HUBSPOT: "smk_link_id", Side.SALESFORCE: "SMK_Link_Id__c"},
        partner_columns={Side.HUBSPOT: (), Side.SALESFORCE: ()},
        where=HERE,
    )


def hubspot(id: str, link: str | None, **values: Raw) -> Record:
    """A HubSpot contact, past the hand-over unless said otherwise."""
    filled = {"stage": "sql", **values, "smk_link_id": link}
    return Record(Ref(Side.HUBSPOT, "contacts", id), filled, AT)


def salesforce(id: str, link: str | None, type: str = "Lead", **values: Raw) -> Record:
    filled = {"stage": "sql", **values, "SMK_Link_Id__c": link}
    return Record(Ref(Side.SALESFORCE, type, id), filled, AT)


@dataclass
class Matched:
    """What comparing some records gives."""

    pairs: dict[str, dict[Side, Ref]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    unlinked: int = 0


def compared(objects: ObjectMap, *records: Record, links: Mapping[Ref, str] | None = None) -> Matched:
    ctx = Context(zone=ZONES, links=links or {}, owners=OWNERS, owner_ids=ACTIVE)
    rows = [row_of(record, objects, ctx) for record in records]
    found = Matched()
    for link in sorted({row.link for row in rows if row.link}):
        group = {side: [r for r in rows if r.link == link and r.ref.side is side] for side in Side}
        pair, findings = compare_group(objects, group, ctx)
        if pair:
            found.pairs[link] = {side: row.ref for side, row in pair.items()}
        found.findings += findings
        dangling = {f.refs[0] for f in findings if f.code is Code.DANGLING}
        found.unlinked += sum(in_scope(objects, row) is True for row in rows if row.ref in dangling)
    alone = [each for row in rows if not row.link and (each := compare_single(objects, row)) is not None]
    found.findings += alone
    found.unlinked += len(alone)
    return found


def only(found: Matched) -> Finding:
    assert len(found.findings) == 1
    return found.findings[0]


def test_two_records_with_the_same_link_id_are_a_pair_and_nothing_differs() -> None:
    """Anna is equal in both CRMs, her phone number written in two ways: that is agreement."""
    objects = people(rule("lastname", Rule.TWO_WAY), rule("phone", Rule.TWO_WAY, Phone()))

    found = compared(
        objects,
        hubspot("1", "a", lastname="de Vries", phone="020 123 45 67"),
        salesforce("00Q1", "a", lastname=" de Vries", phone="+31201234567"),
    )

    assert (len(found.pairs), found.unlinked, found.findings) == (1, 0, [])


def test_a_field_that_differs_is_named_with_both_records() -> None:
    """Bo is called differently: the finding names the field and both records, but holds no value."""
    found = compared(
        people(rule("lastname", Rule.TWO_WAY)),
        hubspot("1", "a", lastname="Jansen"),
        salesforce("00Q1", "a", lastname="Janssen"),
    )

    finding = only(found)
    assert (finding.code, finding.field, finding.link) == (Code.DIFFERS, "lastname", "a")
    assert [ref.id for ref in finding.refs] == ["1", "00Q1"]
    assert finding.allowed == ""
    assert "Jans" not in repr(finding)


def test_a_field_that_one_object_type_lacks_is_not_compared() -> None:
    """A Salesforce Contact has no company name of its own: only the Lead's is compared."""
    company = rule("company", Rule.TWO_WAY)
    company = replace(company, columns={**company.columns, Side.SALESFORCE: {"Lead": "company"}})

    found = compared(
        people(company), hubspot("1", "a", company="Acme"), salesforce("0031", "a", "Contact", company="?")
    )

    assert found.findings == []


@pytest.mark.parametrize(
    ("how", "left", "right", "allowed"),
    [
        (Rule.FILL_SALESFORCE, "Web", "Other", True),  # was filled once; the source went on
        (Rule.FILL_SALESFORCE, None, "Other", True),  # the source is never touched
        (Rule.FILL_SALESFORCE, "Web", None, False),  # should have been filled
        (Rule.FILL_HUBSPOT, "Web", "Other", True),
        (Rule.FILL_HUBSPOT, None, "Other", False),
        (Rule.HUBSPOT_OWNS, None, "x", True),  # a blank owner writes nothing
        (Rule.HUBSPOT_OWNS, "y", None, False),
        (Rule.SALESFORCE_OWNS, "y", None, True),
        (Rule.SALESFORCE_OWNS, "y", "x", False),
        (Rule.TWO_WAY, "y", "x", False),
        (Rule.TWO_WAY, None, "x", False),  # only the state knows whether somebody cleared it
        (Rule.PREFER_SALESFORCE, None, "x", False),
    ],
)
def test_a_rule_excuses_only_what_it_means(
    how: Rule, left: str | None, right: str | None, allowed: bool
) -> None:
    """A fill rule lets two filled values differ; it is no excuse for a target that stayed blank."""
    found = compared(
        people(rule("source", how)), hubspot("1", "a", source=left), salesforce("2", "a", source=right)
    )

    assert bool(only(found).allowed) is allowed


def test_a_cleared_owner_is_no_excuse_where_clearing_is_carried_over() -> None:
    """``blank: clear`` means that the other side is cleared too."""
    objects = people(rule("source", Rule.HUBSPOT_OWNS, blank=Blank.CLEAR))

    found = compared(objects, hubspot("1", "a", source=None), salesforce("2", "a", source="Web"))

    assert only(found).allowed == ""


def test_an_unticked_box_and_a_blank_are_the_same_opt_out() -> None:
    """Opted out in neither CRM: one says no, the other says nothing. Opted out in one only: they differ."""
    objects = people(rule("opt_out", Rule.STRICTEST, Boolean()))

    same = compared(objects, hubspot("1", "a", opt_out=None), salesforce("2", "a", opt_out=False))
    other = compared(objects, hubspot("1", "a", opt_out="true"), salesforce("2", "a", opt_out=False))

    assert same.findings == []
    assert only(other).code is Code.DIFFERS


def test_a_box_that_the_mapping_never_ticks_may_stay_unticked() -> None:
    """HubSpot's opt-out can only be read: opted out in Salesforce alone is meant, in HubSpot alone is not."""
    opt_out = replace(rule("opt_out", Rule.STRICTEST, Boolean()), write=Side.SALESFORCE)

    meant = compared(people(opt_out), hubspot("1", "a", opt_out=None), salesforce("2", "a", opt_out=True))
    missed = compared(people(opt_out), hubspot("1", "a", opt_out="true"), salesforce("2", "a", opt_out=False))

    assert only(meant).allowed == "never written in hubspot"
    assert only(missed).allowed == ""


def test_what_stands_in_for_a_missing_name_may_stay_on_one_side() -> None:
    """Salesforce wants a last name; of somebody without one it got the beginning of the address."""
    name = replace(rule("lastname", Rule.TWO_WAY), fallback=("firstname", "email"))
    objects = people(name, rule("firstname", Rule.TWO_WAY), rule("email", Rule.TWO_WAY))
    nameless = hubspot("1", "a", lastname=None, firstname=None, email="J.Maes@acme.example")
    known: dict[str, Raw] = {"firstname": None, "email": "J.Maes@acme.example"}

    meant = compared(objects, nameless, salesforce("2", "a", "Lead", lastname="j.maes", **known))
    edited = compared(objects, nameless, salesforce("2", "a", "Lead", lastname="Maes", **known))

    assert only(meant).allowed == "stands in for a blank value"
    assert only(edited).allowed == ""


@pytest.mark.parametrize(
    ("in_hubspot", "in_salesforce", "meant"),
    [
        (None, "005without-seat", True),  # the rep has no HubSpot seat
        (None, "005L", True),  # the rep has left HubSpot
        ("51", "005L", True),
        (None, "005M", False),  # Mia could be set in HubSpot, and was not
        ("52", "005M", False),
    ],
)
def test_an_owner_whom_the_other_side_does_not_know_may_differ(
    in_hubspot: str | None, in_salesforce: str, meant: bool
) -> None:
    """Salesforce decides who owns the person; where HubSpot has nobody like that, it keeps whom it has."""
    found = compared(
        people(rule("owner", Rule.SALESFORCE_OWNS, Owner())),
        hubspot("1", "a", owner=in_hubspot),
        salesforce("2", "a", owner=in_salesforce),
    )

    assert only(found).allowed == ("an owner without a counterpart" if meant else "")


def test_a_field_that_was_not_read_is_never_taken_for_blank() -> None:
    """Salesforce hides a field from our user: it is reported, not compared with nothing."""
    objects = people(rule("lastname", Rule.TWO_WAY))
    hidden = Record(Ref(Side.SALESFORCE, "Lead", "2"), {"stage": "sql", "SMK_Link_Id__c": "a"}, AT)

    found = compared(objects, hubspot("1", "a", lastname=None), hidden)

    assert (only(found).code, only(found).allowed) == (Code.NOT_READ, "")


def test_two_people_of_different_companies_differ_in_an_edge() -> None:
    """HubSpot says Acme, Salesforce says Bakker; both companies are linked, so the edge is wrong."""
    objects = people(rule("company", Rule.TWO_WAY, Reference(FIRMS)))
    links = {
        Ref(Side.HUBSPOT, "companies", "10"): "acme",
        Ref(Side.SALESFORCE, "Account", "001A"): "acme",
        Ref(Side.SALESFORCE, "Account", "001B"): "bakker",
    }

    right = compared(
        objects, hubspot("1", "a", company="10"), salesforce("2", "a", company="001A"), links=links
    )
    wrong = compared(
        objects, hubspot("1", "a", company="10"), salesforce("2", "a", company="001B"), links=links
    )

    assert right.findings == []
    assert only(wrong).code is Code.EDGE


def test_an_edge_to_a_company_without_a_partner_waits_for_it() -> None:
    """Nobody can say in Salesforce what HubSpot says, as long as the company isn't there."""
    objects = people(rule("company", Rule.TWO_WAY, Reference(FIRMS)))

    found = compared(objects, hubspot("1", "a", company="10"), salesforce("2", "a", company=None))

    assert only(found).allowed == "its record has no partner"


def test_a_missing_member_of_a_list_is_seen() -> None:
    """Two contacts on one side, one on the other: the list differs. A member without a partner is left
    out."""
    objects = people(rule("colleagues", Rule.TWO_WAY, References(PEOPLE)))
    links = {
        Ref(Side.HUBSPOT, "contacts", "7"): "g",
        Ref(Side.HUBSPOT, "contacts", "8"): "h",
        Ref(Side.SALESFORCE, "Lead", "70"): "g",
    }

    missing = compared(
        objects,
        hubspot("1", "a", colleagues=("7", "8")),
        salesforce("2", "a", colleagues=("70",)),
        links=links,
    )
    left_out = compared(
        objects,
        hubspot("1", "a", colleagues=("7", "9")),
        salesforce("2", "a", colleagues=("70",)),
        links=links,
    )

    assert only(missing).code is Code.EDGE
    assert left_out.findings == []


def test_a_record_in_scope_without_a_partner_is_found_on_either_side() -> None:
    """A handed-over contact that Salesforce never got; a Lead that HubSpot does not know; a subscriber who is
    nobody's business."""
    found = compared(
        people(), hubspot("1", None), hubspot("2", None, stage="subscriber"), salesforce("3", "lost-partner")
    )

    assert found.unlinked == 2
    assert {(f.code, f.refs[0].id, f.allowed) for f in found.findings} == {
        (Code.NO_PARTNER, "1", ""),
        (Code.DANGLING, "3", ""),
    }


def test_where_the_mapping_creates_nothing_a_missing_partner_is_meant() -> None:
    """HubSpot contacts cost money: Salesforce's own people are not created there, and that is no fault."""
    found = compared(people(into_hubspot=None), hubspot("1", None), salesforce("3", None))

    assert found.unlinked == 2
    assert {f.refs[0].id: f.allowed for f in found.findings} == {"1": "", "3": "no creation in hubspot"}


def test_a_contact_counts_before_the_lead_of_the_same_person() -> None:
    """A person with a Contact and a left-over Lead is one pair, compared by the Contact."""
    found = compared(
        people(rule("lastname", Rule.TWO_WAY)),
        hubspot("1", "a", lastname="Maes"),
        salesforce("003", "a", "Contact", lastname="Maes"),
        salesforce("00Q", "a", "Lead", lastname="old name"),
    )

    assert found.pairs["a"][Side.SALESFORCE].id == "003"
    assert (found.unlinked, found.findings) == (0, [])


@pytest.mark.parametrize("twice", [Side.HUBSPOT, Side.SALESFORCE])
def test_a_link_id_that_two_records_carry_is_reported(twice: Side) -> None:
    """A duplicate is the worst thing a sync can leave behind."""
    copies = [hubspot("1", "a"), salesforce("2", "a")]
    copies.append(hubspot("9", "a") if twice is Side.HUBSPOT else salesforce("9", "a"))

    found = compared(people(), *copies)

    assert only(found).code is Code.DOUBLE
    assert {ref.side for ref in only(found).refs} == {twice}
