"""The pipeline in plain words, in English, Dutch and Danish; criteria are read aloud.

Enters: a pipeline, its criteria, a language. Leaves: sentences without markup. Never: I/O. What a criterion
says beyond plain comparisons is quoted as it is written.
"""

from collections.abc import Mapping

from connector.mapping.celtree import Compared, Joined, Leaf, Negated, Operand, Tree, tree
from connector.mapping.criteria import Criterion
from connector.mapping.rules import BackwardMove, Pipeline
from connector.model import Side

LANGUAGES = ("en", "nl", "da")
LABELS = {Side.HUBSPOT: "HubSpot", Side.SALESFORCE: "Salesforce"}

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "From first interest to customer",
        "intro": "Marketing and sales share one list of stages. Both CRMs show the same stage of a person, "
        "whoever moved them.",
        "marketing": "Marketing",
        "sales": "Sales",
        "handover": "Hand-over",
        "handover_text": "Marketing hands people over at “{stage}”: from then on sales works them.",
        "scope": "Scope",
        "from_hubspot": "From HubSpot people take part when {when}.",
        "from_salesforce": "From Salesforce people take part when {when}.",
        "everybody": "From {crm} everybody takes part.",
        "nobody": "From {crm} nobody takes part by themselves.",
        "created": "Who is not in {crm} yet is created there as {type}.",
        "not_created": "Nobody is created in {crm}; people who are there are linked.",
        "moves": "Who may move whom",
        "forward_any": "Forward, anybody may move a person, also past a stage.",
        "forward_next_only": "Forward, anybody may move a person, one stage at a time.",
        "enters": "“{stage}”: a person comes here by themselves as soon as {when}.",
        "back": "Back from “{stage}” to {to}.",
        "back_reason": "Back from “{stage}” to {to}, if a reason is given{grace}.",
        "grace": " within {time}",
        "no_back": "Nobody moves back.",
        "other_back": "Any other move back is put back.",
        "stages": "Stages",
        "stage": "Stage",
        "whose": "Whose",
        "by_itself": "By itself when",
        "deals": "Steps of a deal",
        "step": "Step",
        "pipeline": "pipeline {name}",
        "held": "These values mean no stage; people with them are left as they are: {values}.",
        "first_written": "Where several values are listed, all are read and the first one is written.",
        "or": "or",
        "and": "and",
        "not": "not ({part})",
        "yes": "{field} is yes",
        "no": "{field} is no",
        "blank": "{field} is blank",
        "filled": "{field} is filled in",
        "==": "{field} is {value}",
        "!=": "{field} is not {value}",
        ">=": "{field} is {value} or more",
        ">": "{field} is more than {value}",
        "<=": "{field} is {value} or less",
        "<": "{field} is less than {value}",
        "date>=": "{field} is on {value} or later",
        "date>": "{field} is after {value}",
        "date<=": "{field} is on {value} or earlier",
        "date<": "{field} is before {value}",
        "stage==": "the stage is “{value}”",
        "stage!=": "the stage is not “{value}”",
        "stage>=": "the stage is “{value}” or further",
        "stage>": "the stage is further than “{value}”",
        "stage<=": "the stage is “{value}” or before",
        "stage<": "the stage comes before “{value}”",
        "quoted": "this holds: {text}",
        "minutes": "{n} minutes",
        "hours": "{n} hours",
        "days": "{n} days",
        "back_of": "back",
        "with_reason": "with a reason",
    },
    "nl": {
        "title": "Van eerste interesse tot klant",
        "intro": "Marketing en verkoop delen één lijst met fasen. Beide CRM's tonen dezelfde fase van een "
        "persoon, wie hem of haar ook verplaatste.",
        "marketing": "Marketing",
        "sales": "Verkoop",
        "handover": "Overdracht",
        "handover_text": "Marketing draagt mensen over bij “{stage}”: vanaf dan werkt verkoop met hen.",
        "scope": "Wie doet mee",
        "from_hubspot": "Uit HubSpot doen mensen mee als {when}.",
        "from_salesforce": "Uit Salesforce doen mensen mee als {when}.",
        "everybody": "Uit {crm} doet iedereen mee.",
        "nobody": "Uit {crm} doet niemand vanzelf mee.",
        "created": "Wie nog niet in {crm} staat, wordt daar aangemaakt als {type}.",
        "not_created": "In {crm} wordt niemand aangemaakt; wie er al staat, wordt gekoppeld.",
        "moves": "Wie mag wie verplaatsen",
        "forward_any": "Vooruit mag iedereen een persoon verplaatsen, ook voorbij een fase.",
        "forward_next_only": "Vooruit mag iedereen een persoon verplaatsen, één fase tegelijk.",
        "enters": "“{stage}”: een persoon komt hier vanzelf zodra {when}.",
        "back": "Terug van “{stage}” naar {to}.",
        "back_reason": "Terug van “{stage}” naar {to}, als er een reden wordt gegeven{grace}.",
        "grace": " binnen {time}",
        "no_back": "Niemand gaat terug.",
        "other_back": "Elke andere stap terug wordt teruggedraaid.",
        "stages": "Fasen",
        "stage": "Fase",
        "whose": "Van wie",
        "by_itself": "Vanzelf als",
        "deals": "Stappen van een deal",
        "step": "Stap",
        "pipeline": "pijplijn {name}",
        "held": "Deze waarden betekenen geen fase; wie ze heeft, blijft zoals die is: {values}.",
        "first_written": "Waar meer waarden staan, worden ze allemaal gelezen en wordt de eerste geschreven.",
        "or": "of",
        "and": "en",
        "not": "niet ({part})",
        "yes": "{field} ja is",
        "no": "{field} nee is",
        "blank": "{field} leeg is",
        "filled": "{field} is ingevuld",
        "==": "{field} {value} is",
        "!=": "{field} niet {value} is",
        ">=": "{field} {value} of meer is",
        ">": "{field} meer dan {value} is",
        "<=": "{field} {value} of minder is",
        "<": "{field} minder dan {value} is",
        "date>=": "{field} op {value} of later valt",
        "date>": "{field} na {value} valt",
        "date<=": "{field} op {value} of eerder valt",
        "date<": "{field} vóór {value} valt",
        "stage==": "de fase “{value}” is",
        "stage!=": "de fase niet “{value}” is",
        "stage>=": "de fase “{value}” of verder is",
        "stage>": "de fase verder is dan “{value}”",
        "stage<=": "de fase “{value}” of eerder is",
        "stage<": "de fase vóór “{value}” komt",
        "quoted": "dit geldt: {text}",
        "minutes": "{n} minuten",
        "hours": "{n} uur",
        "days": "{n} dagen",
        "back_of": "terug",
        "with_reason": "met een reden",
    },
    "da": {
        "title": "Fra første interesse til kunde",
        "intro": "Marketing og salg deler én liste over faser. Begge CRM-systemer viser samme fase for en "
        "person, uanset hvem der flyttede vedkommende.",
        "marketing": "Marketing",
        "sales": "Salg",
        "handover": "Overdragelse",
        "handover_text": "Marketing overdrager personer ved “{stage}”: derefter arbejder salg med dem.",
        "scope": "Hvem er med",
        "from_hubspot": "Fra HubSpot er personer med, når {when}.",
        "from_salesforce": "Fra Salesforce er personer med, når {when}.",
        "everybody": "Fra {crm} er alle med.",
        "nobody": "Fra {crm} er ingen med af sig selv.",
        "created": "Den, der ikke findes i {crm} endnu, oprettes dér som {type}.",
        "not_created": "Ingen oprettes i {crm}; de, der findes dér, bliver koblet.",
        "moves": "Hvem må flytte hvem",
        "forward_any": "Fremad må alle flytte en person, også forbi en fase.",
        "forward_next_only": "Fremad må alle flytte en person, én fase ad gangen.",
        "enters": "“{stage}”: en person kommer hertil af sig selv, så snart {when}.",
        "back": "Tilbage fra “{stage}” til {to}.",
        "back_reason": "Tilbage fra “{stage}” til {to}, hvis der angives en grund{grace}.",
        "grace": " inden for {time}",
        "no_back": "Ingen går tilbage.",
        "other_back": "Ethvert andet skridt tilbage bliver rullet tilbage.",
        "stages": "Faser",
        "stage": "Fase",
        "whose": "Ansvarlig",
        "by_itself": "Af sig selv når",
        "deals": "Trin i en handel",
        "step": "Trin",
        "pipeline": "pipeline {name}",
        "held": "Disse værdier betyder ingen fase; personer med dem forbliver, som de er: {values}.",
        "first_written": "Hvor der står flere værdier, læses de alle, og den første skrives.",
        "or": "eller",
        "and": "og",
        "not": "ikke ({part})",
        "yes": "{field} er ja",
        "no": "{field} er nej",
        "blank": "{field} er tom",
        "filled": "{field} er udfyldt",
        "==": "{field} er {value}",
        "!=": "{field} ikke er {value}",
        ">=": "{field} er {value} eller mere",
        ">": "{field} er mere end {value}",
        "<=": "{field} er {value} eller mindre",
        "<": "{field} er mindre end {value}",
        "date>=": "{field} er {value} eller senere",
        "date>": "{field} er efter {value}",
        "date<=": "{field} er {value} eller tidligere",
        "date<": "{field} er før {value}",
        "stage==": "fasen er “{value}”",
        "stage!=": "fasen ikke er “{value}”",
        "stage>=": "fasen er “{value}” eller længere fremme",
        "stage>": "fasen er længere fremme end “{value}”",
        "stage<=": "fasen er “{value}” eller før",
        "stage<": "fasen ligger før “{value}”",
        "quoted": "dette gælder: {text}",
        "minutes": "{n} minutter",
        "hours": "{n} timer",
        "days": "{n} dage",
        "back_of": "tilbage",
        "with_reason": "med en grund",
    },
}
FIELDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "email": "the email address",
        "score": "the score",
        "country": "the country",
        "city": "the city",
        "phone": "the phone number",
        "job_title": "the job title",
        "company_name": "the company name",
        "lead_status": "the lead status",
        "last_conversion": "the last conversion",
        "last_conversion_at": "the last conversion",
        "opted_out": "the opt-out from email",
        "source": "the source",
        "owner": "the owner",
    },
    "nl": {
        "email": "het e-mailadres",
        "score": "de score",
        "country": "het land",
        "city": "de plaats",
        "phone": "het telefoonnummer",
        "job_title": "de functie",
        "company_name": "de bedrijfsnaam",
        "lead_status": "de leadstatus",
        "last_conversion": "de laatste conversie",
        "last_conversion_at": "de laatste conversie",
        "opted_out": "de afmelding voor e-mail",
        "source": "de herkomst",
        "owner": "de eigenaar",
    },
    "da": {
        "email": "e-mailadressen",
        "score": "scoren",
        "country": "landet",
        "city": "byen",
        "phone": "telefonnummeret",
        "job_title": "stillingen",
        "company_name": "firmanavnet",
        "lead_status": "leadstatussen",
        "last_conversion": "den seneste konvertering",
        "last_conversion_at": "den seneste konvertering",
        "opted_out": "afmeldingen fra e-mail",
        "source": "kilden",
        "owner": "ejeren",
    },
}
"""Names of the starter's fields; any other field is named as the mapping names it."""

DAY, HOUR, MINUTE = 86_400, 3_600, 60


def read_aloud(criterion: Criterion, pipeline: Pipeline, language: str) -> str:
    """A criterion as the part of a sentence that follows "when"."""
    return _say(tree(criterion.text), pipeline, language)


def _say(node: Tree, pipeline: Pipeline, language: str) -> str:
    words = WORDS[language]
    if isinstance(node, Joined):
        sign = words["and" if node.sign == "&&" else "or"]
        parts = [_part(part, node, pipeline, language) for part in node.parts]
        return f" {sign} ".join(parts)
    if isinstance(node, Negated):
        if isinstance(node.part, Leaf) and node.part.text.isidentifier():
            return words["no"].format(field=_field(node.part.text, language))
        return words["not"].format(part=_say(node.part, pipeline, language))
    if isinstance(node, Compared):
        return _compared(node, pipeline, language)
    if node.text.isidentifier() and node.text not in ("true", "false"):
        return words["yes"].format(field=_field(node.text, language))
    return words["quoted"].format(text=node.text)


def _part(part: Tree, whole: Joined, pipeline: Pipeline, language: str) -> str:
    said = _say(part, pipeline, language)
    return f"({said})" if isinstance(part, Joined) and part.sign != whole.sign else said


MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def _compared(node: Compared, pipeline: Pipeline, language: str) -> str:
    left, sign, right = node.left, node.sign, node.right
    if left.kind != "field" and right.kind == "field":
        left, sign, right = right, MIRRORED.get(sign, sign), left
    words = WORDS[language]
    plain = f"{node.left.text} {node.sign} {node.right.text}"
    if left.kind != "field" or sign not in ("==", "!=", "<", "<=", ">", ">="):
        return words["quoted"].format(text=plain)
    if right.kind == "stage":
        return words[f"stage{sign}"].format(value=_label(pipeline, right.text, language))
    field = _field(left.text, language)
    if right.kind == "yes_no":
        return words["yes" if (right.text == "true") is (sign == "==") else "no"].format(field=field)
    if right.kind == "text" and not right.text:
        return words["blank" if sign == "==" else "filled"].format(field=field)
    dated = right.kind == "text" and sign not in ("==", "!=")
    return words[f"date{sign}" if dated else sign].format(field=field, value=_value(right, language))


def _value(operand: Operand, language: str) -> str:
    if operand.kind == "field":
        return _field(operand.text, language)
    return f"“{operand.text}”" if operand.kind == "text" else operand.text


def _field(name: str, language: str) -> str:
    return FIELDS[language].get(name) or f"“{name}”"


def _label(pipeline: Pipeline, key: str, language: str) -> str:
    return next((stage.label[language] for stage in pipeline.stages if stage.key == key), key)


def span(seconds: int, language: str) -> str:
    """A length of time in the largest unit that is whole."""
    for unit, name in ((DAY, "days"), (HOUR, "hours"), (MINUTE, "minutes")):
        if seconds % unit == 0 and seconds >= unit:
            return WORDS[language][name].format(n=seconds // unit)
    return f"{seconds} s"


def back_sentence(move: BackwardMove, pipeline: Pipeline, language: str) -> str:
    """One line of ``moves.backward`` as a sentence."""
    words = WORDS[language]
    names = [f"“{_label(pipeline, to, language)}”" for to in move.to]
    to = f" {words['or']} ".join(filter(None, (", ".join(names[:-1]), names[-1])))
    stage = _label(pipeline, move.start, language)
    if not move.needs_reason:
        return words["back"].format(stage=stage, to=to)
    grace = words["grace"].format(time=span(move.grace_s, language)) if move.grace_s else ""
    return words["back_reason"].format(stage=stage, to=to, grace=grace)
