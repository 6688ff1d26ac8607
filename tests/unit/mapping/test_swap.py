"""Exchanging the two sides of a mapping exchanges everything that was said of them, and nothing else."""

from connector.mapping.rules import Clash, FieldRule, First, Mapping, Rule
from connector.mapping.swap import swap
from connector.model import Kind, Side


def facts(rule: FieldRule) -> tuple[object, ...]:
    return (
        rule.name,
        rule.columns,
        rule.rule,
        rule.clash,
        rule.first,
        rule.default,
        rule.write,
        rule.fallback,
    )


def test_swapping_twice_gives_the_same_mapping(starter: Mapping, every_key: Mapping) -> None:
    for mapping in (starter, every_key):
        again = swap(swap(mapping))
        assert again.own_fields == mapping.own_fields
        assert again.pipeline == mapping.pipeline
        for kind, obj in mapping.objects.items():
            twice = again.objects[kind]
            assert [facts(rule) for rule in twice.fields] == [facts(rule) for rule in obj.fields]
            assert [rule.convert for rule in twice.fields] == [rule.convert for rule in obj.fields]
            assert (twice.types, twice.create, twice.include) == (obj.types, obj.create, obj.include)
            assert (twice.link_column, twice.partner_columns) == (obj.link_column, obj.partner_columns)


def test_what_was_said_of_one_crm_is_said_of_the_other(starter: Mapping, every_key: Mapping) -> None:
    """Owner, preference, the only side written and the side created on all change sides together."""
    mirrored = swap(starter).objects[Kind.CONTACT]
    owner, name = (mirrored.field(n) for n in ("owner", "first_name"))
    assert owner.rule is Rule.HUBSPOT_OWNS
    assert (name.clash, name.first) == (Clash.HUBSPOT, First.HUBSPOT)
    assert swap(every_key).objects[Kind.CONTACT].field("opted_out").write is Side.HUBSPOT
    assert mirrored.create == {Side.HUBSPOT: "Lead", Side.SALESFORCE: None}
    assert mirrored.types[Side.HUBSPOT] == ("Contact", "Lead")
    assert mirrored.field("country").column(Side.HUBSPOT, "Contact") == "MailingCountry"


def test_each_field_may_be_written_where_its_mirror_may(starter: Mapping, every_key: Mapping) -> None:
    for mapping in (starter, every_key):
        for kind, obj in mapping.objects.items():
            mirrored = swap(mapping).objects[kind]
            for rule in obj.fields:
                for side in Side:
                    assert rule.writes(side) == mirrored.field(rule.name).writes(side.other)
