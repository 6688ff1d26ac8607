"""The shape of the mapping files: which keys exist and what may stand there. One model per kind of block.

Enters: plain trees (dicts, lists, texts). Leaves: frozen models, or pydantic's errors for ``wording`` to
explain. Never: meaning across blocks (that is ``meaning``) and never I/O. The published JSON Schema is
generated from here.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from connector.mapping.rules import Blank, Clash, First, OnDelete, OnExit, Rule, Unmapped
from connector.model import DealState

TEXT: dict[str, Any] = {"type": ["string", "number", "boolean"]}
TEXT_OR_LIST: dict[str, Any] = {"anyOf": [TEXT, {"type": "array", "items": TEXT, "minItems": 1}]}


def _listed(value: object) -> object:
    """One text is a list of one."""
    return [value] if isinstance(value, str) else value


def _for_every_type(value: object) -> object:
    """One column name counts for every object type of the side."""
    return {EVERY_TYPE: value} if isinstance(value, str) else value


def _duration(value: object) -> object:
    """``30m``, ``4h``, ``2d`` as seconds."""
    if not isinstance(value, str) or value[-1:] not in UNITS or not value[:-1].isdecimal():
        raise PydanticCustomError(
            "duration", "is not a duration; write a number and s, m, h or d, such as 30m"
        )
    return int(value[:-1]) * UNITS[value[-1]]


EVERY_TYPE = "*"
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
Text = Annotated[str, Field(min_length=1, json_schema_extra={"type": TEXT["type"]})]
Names = Annotated[
    tuple[Text, ...],
    Field(min_length=1, json_schema_extra=lambda s: (s.clear(), s.update(TEXT_OR_LIST), None)[2]),
    BeforeValidator(_listed),
]
SharedName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
SideWord = Literal["hubspot", "salesforce"]


class Block(BaseModel):
    """A block of keys; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


# ---------------------------------------------------------------- pipeline.yaml


class Label(Block):
    """What people see, per language. English is needed, the others fall back to it."""

    en: Text
    nl: Text | None = None
    da: Text | None = None


class StageEntry(Block):
    """One step of the shared pipeline."""

    key: SharedName = Field(description="The stage's own short name, used in criteria and moves.")
    label: Label
    owner: Literal["marketing", "sales"] = Field(description="The team that works people in this stage.")
    enter_when: Text | None = Field(
        None, description="CEL expression: the connector moves a person here when it becomes true."
    )
    only_when: Text | None = Field(
        None, description="CEL expression: who has this stage. Left out: everybody."
    )
    hubspot: dict[str, Names] = Field(
        description="HubSpot property -> values that mean this stage; the first is written."
    )
    salesforce: dict[str, Names] = Field(
        description="Object.Field -> values that mean this stage; the first is written."
    )


class BackwardEntry(Block):
    """A move back that is allowed."""

    start: SharedName = Field(alias="from")
    to: Names
    needs: Literal["reason", "nothing"] = "nothing"
    grace: Annotated[int, BeforeValidator(_duration), Field(json_schema_extra={"type": "string"})] = Field(
        0, description="How long the reason may come later: 30m, 4h, 2d."
    )


class MovesEntry(Block):
    """Which moves between stages are allowed."""

    forward: Literal["any", "next_only"] = "any"
    backward: tuple[BackwardEntry, ...] = ()
    reason: Names = Field(
        default=(), description="Shared fields of people that state why somebody was moved back."
    )


class RearmEntry(Block):
    """When criteria may bring on again who was moved back. Both must be true."""

    after: Annotated[int, BeforeValidator(_duration), Field(json_schema_extra={"type": "string"})] = Field(
        0, description="How long after the move back: 30m, 4h, 90d."
    )
    when: Text | None = Field(
        None, description="CEL expression; `moved_back_at` is the time of the move back."
    )


class HoldEntry(Block):
    """Values that mean no stage: records that carry them are left alone."""

    hubspot: Names = ()
    salesforce: Names = ()


class DealStageHubSpot(Block):
    """Where a deal stands in HubSpot: internal names."""

    pipeline: Text
    dealstage: Text


class DealStageSalesforce(Block):
    """StageName values that mean this step; the first is written. With ``record_type`` only on opportunities
    of these."""

    StageName: Names
    record_type: Names = Field(
        (), description="Developer names of the record types this step is for; all where left out."
    )


class DealStageEntry(Block):
    """One step of a deal."""

    key: SharedName
    outcome: DealState = Field(
        DealState.OPEN, description="What the step means for the deal's people: open, won or lost."
    )
    hubspot: DealStageHubSpot
    salesforce: DealStageSalesforce


class FromDealsEntry(Block):
    """How a person's stage follows the deals that they have a part in."""

    open: SharedName | None = Field(None, description="The stage that an open deal brings a person to.")
    won: SharedName | None = Field(None, description="The stage that a won deal brings a person to.")
    lost: Literal["recycle", "nothing"] = Field(
        "nothing", description="Whether a lost deal takes back whom an open one had brought on."
    )
    recycle_to: SharedName | None = Field(None, description="With lost: recycle, the stage to go back to.")
    through: Annotated[
        tuple[Literal["contact_role", "primary_contact", "account"], ...],
        BeforeValidator(_listed),
        Field(min_length=1),
    ] = Field(
        ("contact_role", "primary_contact"),
        description="What counts as a part in a deal; account means all people of the company.",
    )
    roles: Names = Field((), description="The only contact roles that count; all where left out.")


class PipelineFile(Block):
    """pipeline.yaml: the stages that both teams share."""

    prefix: Annotated[str, Field(pattern=r"^[a-z][a-z0-9]{1,7}$")] = Field(
        "smk",
        description="First part of the names of our own fields. Never change it after install.",
    )
    handover: SharedName = Field(description="The stage in which the person becomes sales' to work.")
    stages: Annotated[tuple[StageEntry, ...], Field(min_length=2)]
    moves: MovesEntry = MovesEntry()
    clash: Literal["furthest", "newest", "review"] = Field(
        "furthest", description="Who wins when both teams moved a person."
    )
    rearm: RearmEntry | None = Field(
        None, description="When criteria may bring on again who was moved back. Left out: never."
    )
    hold: HoldEntry = HoldEntry()
    deals_rule: Rule = Rule.SALESFORCE_OWNS
    deals: Annotated[tuple[DealStageEntry, ...], Field(min_length=1)]
    contact_stage_from_deals: FromDealsEntry | None = None


# ---------------------------------------------------------------- contacts.yaml, companies.yaml, deals.yaml


class NoOptions(Block):
    """A converter without options."""


class PhoneOptions(Block):
    region: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = Field(
        None, description="Country of national numbers."
    )


class CountryOptions(Block):
    write: Literal["name", "code"] = Field("name", description="Write Netherlands, or NL.")


class NumberOptions(Block):
    decimals: Annotated[int, Field(ge=0, le=8)] | None = Field(
        None, description="Round both sides to so many places."
    )


class DateOptions(Block):
    with_time: SideWord | None = Field(
        None, description="The side that keeps a point in time instead of a day."
    )


Values = Annotated[
    dict[Text, Names], Field(min_length=1, description="Salesforce value: HubSpot value, or a list of them.")
]


class ValueOptions(Block):
    values: Values | None = None


class Convert(Block):
    """How values are translated: the name of a converter, or one name with its options."""

    text: NoOptions | None = None
    email: NoOptions | None = None
    domain: NoOptions | None = None
    phone: PhoneOptions | None = None
    country: CountryOptions | None = None
    boolean: NoOptions | None = None
    number: NumberOptions | None = None
    money: NumberOptions | None = None
    date: DateOptions | None = None
    datetime: NoOptions | None = None
    choice: ValueOptions | None = None
    multi: ValueOptions | None = None
    values: Values | None = None
    owner: NoOptions | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_name(cls, value: object) -> object:
        """``convert: phone`` is ``convert: {phone: {}}``."""
        if isinstance(value, str):
            return {value: {}}
        if isinstance(value, dict) and len(value) != 1:
            raise PydanticCustomError(
                "one_converter", "names one converter, such as phone or {number: {decimals: 2}}"
            )
        return {k: {} if v is None else v for k, v in value.items()} if isinstance(value, dict) else value

    @property
    def chosen(self) -> str:
        """The converter's name."""
        return next(name for name in Convert.model_fields if getattr(self, name) is not None)

    @property
    def value_map(self) -> dict[str, tuple[str, ...]] | None:
        """Salesforce value -> HubSpot values, where one is given."""
        options = self.choice or self.multi
        return self.values or (options.values if options else None)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        blocks = handler.resolve_ref_schema(handler(schema))
        names = [name for name in cls.model_fields if name != "values"]
        described = dict(blocks)
        blocks.clear()
        blocks.update({"anyOf": [{"enum": names}, described | {"minProperties": 1, "maxProperties": 1}]})
        return blocks


class BySide(Block):
    """One text per CRM."""

    hubspot: Text | None = None
    salesforce: Text | None = None


Columns = Annotated[
    dict[str, Text],
    BeforeValidator(_for_every_type),
    Field(json_schema_extra=lambda s: (s.clear(), s.update(_COLUMNS), None)[2]),
]
_COLUMNS: dict[str, Any] = {
    "anyOf": [
        {"type": "string"},
        {"type": "object", "additionalProperties": {"type": "string"}, "minProperties": 1},
    ],
    "description": "The CRM's field name, or one per object type: {Lead: Country, Contact: MailingCountry}.",
}


class FieldEntry(Block):
    """One shared field."""

    name: SharedName = Field(description="The shared name, used in criteria, match keys and explain.")
    hubspot: Columns | None = None
    salesforce: Columns | None = None
    rule: Rule | None = Field(None, description="How edits move; needed where both CRMs have a field.")
    convert: Convert = Convert(text=NoOptions())
    clash: Clash | None = Field(None, description="two_way only: who wins when both sides changed.")
    first: First | None = Field(
        None, description="Who wins when both are filled and differ at first contact."
    )
    blank: Blank = Field(Blank.KEEP, description="What clearing a value does to the other side.")
    unmapped: Unmapped = Field(Unmapped.HOLD, description="What a value without a counterpart does.")
    default: BySide | None = Field(
        None, description="With unmapped: default, the value to write on that side."
    )
    fallback: Names = Field(
        (), description="Shared fields tried when a record is created and this one is blank."
    )
    write: SideWord | None = Field(None, description="The only side that may be written.")
    label: Label | None = Field(None, description="What people see, for a field that the connector adds.")
    help: Label | None = Field(None, description="Help text, for a field that the connector adds.")
    lossy: Literal["ok"] | None = Field(
        None, description="Says that a two-way conversion that loses something is meant."
    )


class LinkEntry(Block):
    """Which records belong together: a person's company, a deal's company and people."""

    name: SharedName | None = None
    to: Literal["companies", "contacts"]
    rule: Rule
    clash: Clash | None = None
    first: First | None = None
    blank: Blank = Blank.KEEP
    write: SideWord | None = None


class IncludeEntry(Block):
    """Which records are in scope, per side they come from."""

    hubspot: Text = "true"
    salesforce: Text = "true"
    on_exit: OnExit = OnExit.KEEP


class CreateEntry(Block):
    """Which object a missing counterpart is created as, per side it is created on."""

    hubspot: Text = "never"
    salesforce: Text = "never"


class OnDeleteEntry(Block):
    """What a deletion does to the record that is left over, per side that it was deleted on."""

    hubspot: OnDelete = OnDelete.UNLINK
    salesforce: OnDelete = OnDelete.UNLINK


class ObjectFile(Block):
    """contacts.yaml, companies.yaml, deals.yaml: one kind of record."""

    match: tuple[Names, ...] = Field((), description="Ordered: records with equal values are the same.")
    include: IncludeEntry = IncludeEntry()
    create: CreateEntry = CreateEntry()
    on_delete: OnDeleteEntry = OnDeleteEntry()
    fields: Annotated[tuple[FieldEntry, ...], Field(min_length=1)]
    links: tuple[LinkEntry, ...] = ()


Address = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")]


class SameOwner(Block):
    """One person who has another address in each CRM."""

    hubspot: Address = Field(description="The owner's address in HubSpot.")
    salesforce: Address = Field(description="The user's address in Salesforce.")


class OwnersFile(Block):
    """owners.yaml: owners whom their addresses do not tell. This file may be left out."""

    same: tuple[SameOwner, ...] = Field((), description="People with another address in each CRM.")


FILES: dict[str, type[Block]] = {
    "pipeline.yaml": PipelineFile,
    "contacts.yaml": ObjectFile,
    "companies.yaml": ObjectFile,
    "deals.yaml": ObjectFile,
    "owners.yaml": OwnersFile,
}
OPTIONAL = frozenset({"owners.yaml"})
"""Files that may be left out."""
