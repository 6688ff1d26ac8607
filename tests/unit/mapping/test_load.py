"""Files that ops people edit become rules; what cannot be read is told, never guessed."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from connector.errors import ConfigError
from connector.mapping.convert import Context, Unmappable
from connector.mapping.load import load, load_or_raise, parse_text
from connector.mapping.rules import Clash, First, Mapping, OnExit, Rule
from connector.model import Kind, Side
from connector.schema import FieldType

OK = Path(__file__).parents[2] / "mappings" / "ok" / "minimal"


def minimal() -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in OK.glob("*.yaml")}


def said(files: dict[str, str]) -> list[str]:
    return [str(problem) for problem in parse_text(files)[1]]


def test_text_stays_text(every_key: Mapping) -> None:
    """NO is Norway, 17:30 a time and 1.10 a number only where the format says so."""
    lead = every_key.pipeline.stages[0]
    assert lead.label == {"en": "NO", "nl": "17:30", "da": "1.10"}
    assert every_key.pipeline.stages[1].reads[Side.HUBSPOT] == {"contacts.lifecyclestage": ("298765432",)}


def test_a_label_that_is_missing_falls_back_to_english(every_key: Mapping) -> None:
    assert set(every_key.pipeline.stages[1].label.values()) == {"Sales qualified"}


def test_what_is_left_out_gets_the_safe_default() -> None:
    """A person decides where nobody said who wins; nothing is created and everybody is in scope."""
    mapping, _ = parse_text(minimal())
    assert mapping is not None
    contacts = mapping.objects[Kind.CONTACT]
    email, name = contacts.field("email"), contacts.field("last_name")
    assert (email.clash, email.first) == (Clash.REVIEW, First.REVIEW)
    assert (name.clash, name.first) == (Clash.SALESFORCE, First.SALESFORCE)
    assert contacts.on_exit is OnExit.KEEP
    assert contacts.create == {Side.HUBSPOT: None, Side.SALESFORCE: "Lead"}
    assert mapping.objects[Kind.DEAL].create == {Side.HUBSPOT: None, Side.SALESFORCE: None}
    assert contacts.include[Side.HUBSPOT].holds({}) is True


def test_the_stage_of_people_comes_from_the_pipeline(starter: Mapping) -> None:
    """The furthest stage wins, Lead and Contact share our own field, and an evangelist is a customer."""
    stage = starter.objects[Kind.CONTACT].field("stage")
    ctx = Context({side: ZoneInfo("UTC") for side in Side})
    assert (stage.rule, stage.clash, stage.first) == (Rule.TWO_WAY, Clash.FURTHEST, First.FURTHEST)
    assert stage.columns[Side.SALESFORCE] == {"Lead": "SMK_Stage__c", "Contact": "SMK_Stage__c"}
    assert stage.convert.read("evangelist", Side.HUBSPOT, "contacts", ctx) == "customer"
    assert stage.convert.write("customer", Side.HUBSPOT, "contacts", ctx) == "customer"
    with pytest.raises(Unmappable, match="unmapped"):
        stage.convert.read("other", Side.HUBSPOT, "contacts", ctx)


def test_a_deal_is_written_with_its_step_and_its_pipeline(starter: Mapping) -> None:
    """Two StageNames are one step; Salesforce owns it, so only HubSpot is written."""
    deals = starter.objects[Kind.DEAL]
    stage, pipeline = deals.field("stage"), deals.field("pipeline")
    ctx = Context({side: ZoneInfo("UTC") for side in Side})
    for name in ("Proposal/Price Quote", "Perception Analysis"):
        step = stage.convert.read(name, Side.SALESFORCE, "Opportunity", ctx)
        assert stage.convert.write(step, Side.HUBSPOT, "deals", ctx) == "decisionmakerboughtin"
        place = pipeline.convert.read(name, Side.SALESFORCE, "Opportunity", ctx)
        assert pipeline.convert.write(place, Side.HUBSPOT, "deals", ctx) == "default"
    assert [rule.writes(Side.SALESFORCE) for rule in (stage, pipeline)] == [False, False]


def test_a_pipeline_is_only_filled_where_hubspot_owns_the_step(every_key: Mapping) -> None:
    pipeline = every_key.objects[Kind.DEAL].field("pipeline")
    assert pipeline.rule is Rule.FILL_HUBSPOT
    assert not pipeline.writes(Side.SALESFORCE)


def test_opting_out_goes_both_ways_unless_the_line_names_one(starter: Mapping, every_key: Mapping) -> None:
    """Told to both CRMs by the starter; `write: salesforce` leaves HubSpot's preferences alone."""
    both, one = (each.objects[Kind.CONTACT].field("opted_out") for each in (starter, every_key))
    assert (both.rule, one.rule) == (Rule.STRICTEST, Rule.STRICTEST)
    assert [side for side in Side if both.writes(side)] == list(Side)
    assert [side for side in Side if one.writes(side)] == [Side.SALESFORCE]


def test_a_field_of_one_side_is_read_and_never_written(starter: Mapping) -> None:
    rule = starter.objects[Kind.CONTACT].field("email_domain")
    assert [side for side in Side if rule.writes(side)] == []


def test_the_columns_of_a_type_hold_what_the_sync_needs(starter: Mapping) -> None:
    """Mapped fields, the link id, and the ids that the other CRM or HubSpot's own integration left."""
    contacts = starter.objects[Kind.CONTACT]
    lead = contacts.columns(Side.SALESFORCE, "Lead")
    assert {"Company", "Status", "Street", "SMK_Link_Id__c", "SMK_HubSpot_Id__c", "SMK_Stage__c"} <= set(lead)
    assert not {"MailingStreet", "@company"} & set(lead)
    assert {"smk_salesforce_id", "salesforceleadid", "@company"} <= set(
        contacts.columns(Side.HUBSPOT, "contacts")
    )


def test_ids_of_other_integrations_are_read_and_never_ours_to_write(starter: Mapping) -> None:
    """Only people have a field of ours with the other CRM's id; the rest belong to HubSpot."""
    own = {(kind, side): obj.own_partner(side) for kind, obj in starter.objects.items() for side in Side}
    assert own[Kind.CONTACT, Side.HUBSPOT] == "smk_salesforce_id"
    assert own[Kind.CONTACT, Side.SALESFORCE] == "SMK_HubSpot_Id__c"
    assert {own[kind, side] for kind in (Kind.COMPANY, Kind.DEAL) for side in Side} == {None}


def test_install_gets_exactly_the_fields_that_the_mapping_uses(every_key: Mapping) -> None:
    """With the chosen prefix, labels, help, types and picklist values, and nothing else."""
    own = {(f.side, f.type, f.column): f for f in every_key.own_fields}
    score = own[Side.SALESFORCE, "Lead", "ACME_Score__c"]
    assert (score.label, score.help, score.field_type, score.scale) == (
        "Points",
        "More is better.",
        FieldType.NUMBER,
        1,
    )
    assert own[Side.HUBSPOT, "contacts", "acme_born"].field_type is FieldType.DATETIME
    interests = own[Side.HUBSPOT, "contacts", "acme_interests"]
    assert interests.field_type is FieldType.MULTI
    assert [option.value for option in interests.options] == ["BIKES", "BOATS", "SHIPS"]
    stage = own[Side.SALESFORCE, "Contact", "ACME_Stage__c"]
    assert [(option.value, option.label) for option in stage.options] == [
        ("lead", "NO"),
        ("sql", "Sales qualified"),
    ]
    links = {key for key, field in own.items() if field.unique}
    assert {type for _, type, _ in links} == {
        "contacts",
        "companies",
        "deals",
        "Lead",
        "Contact",
        "Account",
        "Opportunity",
    }
    assert all("acme" in column.lower() for _, _, column in own)


def test_labels_come_in_the_language_asked_for() -> None:
    files = {path.name: path.read_text(encoding="utf-8") for path in (OK.parent / "every-key").glob("*.yaml")}
    mapping, _ = parse_text(files, "nl")
    assert mapping is not None
    labels = {field.column: field.label for field in mapping.own_fields}
    assert labels["ACME_Score__c"] == "Punten"
    assert labels["ACME_Stage__c"] == "Fase"


def test_a_lead_that_was_called_reads_as_an_attempt_until_marketing_knows_better(starter: Mapping) -> None:
    """ "Working - Contacted" says no more than that somebody tried; whoever is already further keeps it."""
    status = starter.objects[Kind.CONTACT].field("lead_status").convert
    ctx = Context({side: ZoneInfo("UTC") for side in Side}, "NL", {}, {})
    working = status.read("Working - Contacted", Side.SALESFORCE, "Lead", ctx)
    assert status.write(working, Side.HUBSPOT, "contacts", ctx) == "ATTEMPTED_TO_CONTACT"
    assert status.read("CONNECTED", Side.HUBSPOT, "contacts", ctx) == working


def test_who_was_rejected_comes_back_in_the_starter_only_with_new_interest(starter: Mapping) -> None:
    rearm = starter.pipeline.rearm
    assert rearm is not None
    assert rearm.after_s == 90 * 86400
    assert rearm.when is not None
    assert rearm.when.names == {"last_conversion_at", "moved_back_at"}


def test_the_digest_follows_what_is_said_not_how_it_is_written() -> None:
    """Comments, spacing and the order of keys are no change that needs a preview; another rule is."""
    files = minimal()
    first, _ = parse_text(files)
    same, _ = parse_text(
        files | {"companies.yaml": "# ours\n" + files["companies.yaml"].replace(": ", ":   ")}
    )
    other, _ = parse_text(
        files | {"companies.yaml": files["companies.yaml"].replace("prefer_salesforce", "two_way")}
    )
    assert first is not None
    assert same is not None
    assert other is not None
    assert first.digest == same.digest != other.digest


# ---------------------------------------------------------------- what cannot be read


def test_a_missing_file_is_named() -> None:
    files = minimal()
    del files["deals.yaml"]
    assert said(files) == [
        "deals.yaml:1:1: this file is missing; `smarketing init` writes a starter [missing-file]"
    ]


def test_a_huge_file_is_refused_without_being_parsed() -> None:
    assert said(minimal() | {"deals.yaml": "# " + "x" * (1 << 20)}) == [
        "deals.yaml:1:1: the file is larger than 1 MiB; mapping files are small [size]"
    ]


def test_a_nul_character_is_refused() -> None:
    assert said(minimal() | {"deals.yaml": "fields:\n  \x00"}) == [
        "deals.yaml:2:1: the file holds a NUL character; save it as plain text [syntax]"
    ]


def test_an_empty_file_is_told() -> None:
    assert said(minimal() | {"deals.yaml": "# nothing yet\n"}) == [
        "deals.yaml:1:1: the file is empty [syntax]"
    ]


def test_a_bomb_of_aliases_stays_small() -> None:
    """Aliases are refused where they stand, so nothing is ever multiplied."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 10)]
    problems = said(minimal() | {"deals.yaml": "\n".join(lines)})
    assert any(problem.endswith("[alias]") for problem in problems)
    assert len(problems) < 200


def test_a_folder_is_read_with_and_without_a_byte_order_mark(tmp_path: Path) -> None:
    for name, text in minimal().items():
        (tmp_path / name).write_text(text, encoding="utf-8-sig")
    mapping, problems = load(tmp_path)
    assert (mapping is not None, problems) == (True, [])


def test_a_file_that_is_no_utf8_is_told_once(tmp_path: Path) -> None:
    for name, text in minimal().items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "deals.yaml").write_bytes(b"fields: \xff\xfe")
    mapping, problems = load(tmp_path)
    assert mapping is None
    assert [str(p) for p in problems] == [
        "deals.yaml:1:1: this file is not UTF-8 text; save it as UTF-8 [unreadable]"
    ]


def test_loading_raises_with_every_line_for_the_command_line(tmp_path: Path) -> None:
    for name, text in minimal().items():
        (tmp_path / name).write_text(text.replace("rule: ", "rul: "), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_or_raise(tmp_path)
    assert len(caught.value.problems) == 4
    assert "have 4 problems" in caught.value.message
    assert caught.value.fix


def test_an_empty_folder_says_what_is_missing(tmp_path: Path) -> None:
    mapping, problems = load(tmp_path / "nowhere")
    assert mapping is None
    assert {problem.rule for problem in problems} == {"missing-file"}
    assert len(problems) == 4
