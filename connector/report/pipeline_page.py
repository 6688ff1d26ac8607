"""The pipeline as a page of plain words for both teams: one HTML file with its picture in it.

Enters: the mapping and a language. Leaves: sentences, or the whole page. Never: I/O, a script, or anything
that is fetched from elsewhere. Everything that a file says is escaped.
"""

from collections.abc import Iterator, Sequence
from html import escape

from connector.mapping.rules import Mapping, Stage
from connector.model import Kind, Side
from connector.report.diagram import layout, svg
from connector.report.words_pipeline import LABELS, WORDS, back_sentence, read_aloud

STYLE = """
body {
  font: 17px/1.55 system-ui, "Segoe UI", "Helvetica Neue", Arial, "Liberation Sans", sans-serif;
  color: #1f2933; background: #fff; max-width: 1100px; margin: 2.5rem auto; padding: 0 1.5rem; }
h1 { font-size: 2rem; margin: 0 0 .4rem; } h2 { font-size: 1.3rem; margin: 2.4rem 0 .6rem; }
figure { margin: 1.8rem 0; overflow-x: auto; } svg { max-width: 100%; height: auto; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; color: #5b6770; padding-bottom: .5rem; }
th, td { text-align: left; vertical-align: top; padding: .5rem .8rem .5rem 0; border-bottom: 1px solid
#dde3e8; } th { font-weight: 600; color: #5b6770; } td:first-child { font-weight: 600; } .marketing { color:
#0b7a75; } .sales { color: #3949ab; } code { font-size: .88em; color: #5b6770; } @media print { body {
margin: 0; max-width: none; } h2 { break-after: avoid; } tr { break-inside: avoid; } }
"""


def sentences(mapping: Mapping, language: str) -> dict[str, list[str]]:
    """What there is to say, by heading."""
    words, pipeline = WORDS[language], mapping.pipeline
    handover = pipeline.stages[pipeline.index(pipeline.handover)].label[language]
    moves = [words[f"forward_{pipeline.forward}"]]
    moves += [
        words["enters"].format(
            stage=stage.label[language], when=read_aloud(stage.enter_when, pipeline, language)
        )
        for stage in pipeline.stages
        if stage.enter_when is not None
    ]
    moves += [back_sentence(move, pipeline, language) for move in pipeline.backward]
    moves.append(words["other_back"] if pipeline.backward else words["no_back"])
    return {
        words["handover"]: [words["handover_text"].format(stage=handover)],
        words["scope"]: list(_scope(mapping, language)),
        words["moves"]: moves,
    }


def _scope(mapping: Mapping, language: str) -> Iterator[str]:
    words, people = WORDS[language], mapping.objects[Kind.CONTACT]
    for side in Side:
        criterion, crm = people.include[side], LABELS[side]
        plain = {"true": "everybody", "false": "nobody"}.get(criterion.text.strip())
        if plain:
            yield words[plain].format(crm=crm)
        else:
            yield words[f"from_{side}"].format(when=read_aloud(criterion, mapping.pipeline, language))
    for side in Side:
        type, crm = people.create[side], LABELS[side]
        yield words["created" if type else "not_created"].format(crm=crm, type=type)


def held(mapping: Mapping, language: str) -> str:
    """The values that mean no stage on purpose; "" where there are none."""
    every = [f"{LABELS[side]} {value}" for side in Side for value in mapping.pipeline.ignored[side]]
    return WORDS[language]["held"].format(values=", ".join(every)) if every else ""


def values_of(stage: Stage, side: Side) -> list[str]:
    """``Field: value, value`` of one side; fields of several objects that hold the same are told once."""
    found: dict[str, list[str]] = {}
    for place, values in stage.reads[side].items():
        type, _, column = place.partition(".")
        found.setdefault(f"{column}: {', '.join(values)}", []).append(type)
    return [text if len(found) == 1 else f"{'/'.join(types)}.{text}" for text, types in found.items()]


# ---------------------------------------------------------------- HTML


def page(mapping: Mapping, language: str) -> str:
    """The whole page."""
    words = WORDS[language]
    picture = svg(layout(mapping.pipeline, language), words["title"], headed=False)
    parts = [
        f"<h1>{escape(words['title'])}</h1>\n<p>{escape(words['intro'])}</p>",
        f"<figure>\n{picture}</figure>",
        *(_part(heading, said) for heading, said in sentences(mapping, language).items()),
        f"<h2>{escape(words['stages'])}</h2>\n{_stages(mapping, language)}",
        f"<p>{escape(held(mapping, language))}</p>" if held(mapping, language) else "",
        f"<h2>{escape(words['deals'])}</h2>\n{_deals(mapping, language)}",
    ]
    body = "\n".join(part for part in parts if part)
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(words['title'])}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def _part(heading: str, said: Sequence[str]) -> str:
    items = "\n".join(f"<li>{escape(each)}</li>" for each in said)
    return f"<h2>{escape(heading)}</h2>\n<ul>\n{items}\n</ul>"


def _stages(mapping: Mapping, language: str) -> str:
    words = WORDS[language]
    heads = (words["stage"], words["whose"], LABELS[Side.HUBSPOT], LABELS[Side.SALESFORCE])
    rows = []
    for stage in mapping.pipeline.stages:
        cells = [
            escape(stage.label[language]),
            f'<span class="{escape(stage.owner)}">{escape(words[stage.owner])}</span>',
            *("<br>".join(f"<code>{escape(text)}</code>" for text in values_of(stage, s)) for s in Side),
        ]
        rows.append(cells)
    return _table(heads, rows, words["first_written"])


def _deals(mapping: Mapping, language: str) -> str:
    words = WORDS[language]
    heads = (words["step"], LABELS[Side.HUBSPOT], LABELS[Side.SALESFORCE])
    rows = [
        [
            escape(step.key),
            f"<code>{escape(step.hubspot[1])}</code> "
            f"({escape(words['pipeline'].format(name=step.hubspot[0]))})",
            "<br>".join(f"<code>{escape(name)}</code>" for name in step.salesforce),
        ]
        for step in mapping.pipeline.deals
    ]
    return _table(heads, rows, "")


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], caption: str) -> str:
    """Cells come escaped."""
    head = "".join(f'<th scope="col">{escape(each)}</th>' for each in heads)
    body = "\n".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    said = f"<caption>{escape(caption)}</caption>\n" if caption else ""
    return f"<table>\n{said}<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"
