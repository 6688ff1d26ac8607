"""The pipeline as a picture and in words: what both teams read in a meeting must be what the files say."""

from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from connector.mapping.load import parse_text
from connector.mapping.rules import Mapping
from connector.report.diagram import layout, svg, text
from connector.report.pipeline_page import page, sentences
from connector.report.words_pipeline import FIELDS, LANGUAGES, WORDS, read_aloud, span

MAPPINGS = Path(__file__).parents[3] / "mappings"
MQL = "hubspot: {lifecyclestage: marketingqualifiedlead}"
SVG = "{http://www.w3.org/2000/svg}"


def mapping_with(criterion: str = "", label: str = "") -> Mapping:
    """The starter, with an entry criterion for MQL and moves back that need a reason."""
    files = {path.name: path.read_text(encoding="utf-8") for path in MAPPINGS.glob("*.yaml")}
    made = files["pipeline.yaml"].replace(
        "- {from: sql, to: [mql, lead]}", "- {from: sql, to: [mql, lead], needs: reason, grace: 30m}"
    )
    made = made.replace("  forward: any\n", "  forward: any\n  reason: lead_status\n")
    if criterion:
        made = made.replace(MQL, f"enter_when: '{criterion}'\n    {MQL}")
    if label:
        made = made.replace("en: Marketing qualified", f"en: '{label}'")
    mapping, problems = parse_text(files | {"pipeline.yaml": made})
    assert mapping is not None, problems
    return mapping


@pytest.fixture(scope="module")
def shown() -> Mapping:
    return mapping_with('score >= 50 && email != ""')


PICTURE = """\
MARKETING
┌──────────────────────────────┐
│ Subscriber                   │
└──────────────────────────────┘
                │
                ▼
┌──────────────────────────────┐
│ Lead                         │◀──┬───┐
└──────────────────────────────┘   │   │
                │                  │   │
                ▼                  │   │
┌──────────────────────────────┐   │   │
│ Marketing qualified          │◀──┼───┤
└──────────────────────────────┘   │   │
══ Hand-over ═══════════════════   │   │
                ▼                  │   │
SALES                              │   │
┌──────────────────────────────┐   │   │
│ Sales qualified              │◀──┴───┤  with a reason within 30 minutes
└──────────────────────────────┘       │
                │                      │
                ▼                      │
┌──────────────────────────────┐       │
│ Opportunity                  │───────┘  back
└──────────────────────────────┘
                │
                ▼
┌──────────────────────────────┐
│ Customer                     │
└──────────────────────────────┘"""


def test_the_starter_in_a_terminal(shown: Mapping) -> None:
    """Who moves back from where to where can be followed with a finger."""
    assert "\n".join(text(layout(shown.pipeline, "en"))) == PICTURE


ALOUD = [
    ('score >= 50 && email != ""', "the score is 50 or more and the email address is filled in"),
    ('email == "" || !opted_out', "the email address is blank or the opt-out from email is no"),
    ("opted_out == true && score < 5", "the opt-out from email is yes and the score is less than 5"),
    ("50 <= score", "the score is 50 or more"),
    ('stage >= stages.lead && country != "NL"', "the stage is “Lead” or further and the country is not “NL”"),
    (
        'score > 9 && (city == "Gent" || city == "Aarhus")',
        "the score is more than 9 and (the city is “Gent” or the city is “Aarhus”)",
    ),
    ('last_conversion_at >= date("2026-01-01")', "the last conversion is on “2026-01-01” or later"),
    ("!(score > 9 && opted_out)", "not (the score is more than 9 and the opt-out from email is yes)"),
    ('mobile_phone != ""', "“mobile_phone” is filled in"),
    ("size(city) > 3", "this holds: size(city) > 3"),
]


@pytest.mark.parametrize(("criterion", "words"), ALOUD)
def test_criteria_are_read_aloud_and_never_bent(criterion: str, words: str) -> None:
    """What cannot be said in plain words stands there as it was written."""
    pipeline = mapping_with(criterion).pipeline
    stage = pipeline.stages[2]
    assert stage.enter_when is not None
    assert read_aloud(stage.enter_when, pipeline, "en") == words


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_everything(shown: Mapping, language: str) -> None:
    assert WORDS[language].keys() == WORDS["en"].keys()
    assert FIELDS[language].keys() == FIELDS["en"].keys()
    for key, said in WORDS[language].items():
        assert {part.split("}")[0] for part in said.split("{")[1:]} == {
            part.split("}")[0] for part in WORDS["en"][key].split("{")[1:]
        }, key
    said = [each for part in sentences(shown, language).values() for each in part]
    assert len(said) == 10
    assert all("{" not in each for each in said)


def test_what_danes_and_dutch_read(shown: Mapping) -> None:
    nl, da = (sentences(shown, language) for language in ("nl", "da"))
    assert nl["Wie mag wie verplaatsen"][1:3] == [
        "“Marketing-gekwalificeerd”: een persoon komt hier vanzelf zodra de score 50 of meer is en het "
        "e-mailadres is ingevuld.",
        "Terug van “Sales-gekwalificeerd” naar “Marketing-gekwalificeerd” of “Lead”, als er een reden wordt "
        "gegeven binnen 30 minuten.",
    ]
    assert (
        da["Hvem er med"][0]
        == "Fra HubSpot er personer med, når fasen er “Salgskvalificeret” eller længere fremme."
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_picture_has_every_stage_and_every_move_back(shown: Mapping, language: str) -> None:
    made = layout(shown.pipeline, language)
    root = ElementTree.fromstring(svg(made, WORDS[language]["title"]))
    words = " ".join(each.text or "" for each in root.iter(f"{SVG}text"))
    for box in made.boxes:
        assert all(part in words for part in box.label.replace("-", "- ").split())
    back = [p for p in root.iter(f"{SVG}path") if p.get("marker-end") == "url(#back)"]
    forward = [p for p in root.iter(f"{SVG}path") if p.get("marker-end") == "url(#forward)"]
    assert (len(back), len(forward)) == (5, 5)
    assert made.boxes[2].when in words


def test_no_box_lies_on_another_and_all_lie_within_the_picture(shown: Mapping) -> None:
    root = ElementTree.fromstring(svg(layout(shown.pipeline, "en"), "T"))
    width = float(str(root.get("width")))
    boxes = [r for r in root.iter(f"{SVG}rect") if r.get("rx") == "10"]
    spans = sorted(
        (float(str(r.get("x"))), float(str(r.get("x"))) + float(str(r.get("width")))) for r in boxes
    )
    assert len(spans) == 6
    assert all(one[1] < after[0] for one, after in zip(spans, spans[1:], strict=False))
    assert spans[0][0] > 0
    assert spans[-1][1] < width


class Reader(HTMLParser):
    """Collects tags and the links that a browser would follow by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loaded += [f"{tag} {name}" for name, _ in attrs if name in ("src", "href", "style", "onload")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_whole_by_itself(shown: Mapping, language: str) -> None:
    made = page(shown, language)
    reader = Reader()
    reader.feed(made)
    assert "script" not in reader.tags
    assert reader.loaded == []
    assert made.startswith(f'<!doctype html>\n<html lang="{language}">')
    assert reader.tags.count("svg") == 1
    assert reader.tags.count("tr") == 1 + 6 + 1 + 7


def test_what_a_file_says_stays_text_on_the_page() -> None:
    """A label is typed by people: it is shown, never obeyed."""
    mapping = mapping_with('email == "<b>&"', "<script>alert(1)</script> & Co")
    made = page(mapping, "en")
    reader = Reader()
    reader.feed(made)
    assert not {"script", "b"} & set(reader.tags)
    assert "&lt;script&gt;" in made
    ElementTree.fromstring(svg(layout(mapping.pipeline, "en"), "A & B"))


@pytest.mark.parametrize(
    ("seconds", "words"), [(1800, "30 minutes"), (7200, "2 hours"), (172_800, "2 days"), (5400, "90 minutes")]
)
def test_lengths_of_time_in_the_largest_whole_unit(seconds: int, words: str) -> None:
    assert span(seconds, "en") == words
