"""``smarketing pipeline show``: the shared pipeline as a picture and in plain words, for both teams."""

from pathlib import Path
from typing import Annotated, Any

import typer

from connector.commands.output import Output
from connector.commands.shared import CONFIG_FILE, ConfigFile, Debug, Json
from connector.errors import ConfigError
from connector.mapping.load import load_or_raise
from connector.mapping.rules import Mapping
from connector.model import Side
from connector.report import diagram
from connector.report.pipeline_page import held, page, sentences
from connector.report.words_pipeline import LANGUAGES, WORDS, read_aloud
from connector.settings import load

app = typer.Typer(no_args_is_help=True, help="The pipeline that marketing and sales share.")


@app.callback()
def _group() -> None:
    """The pipeline that marketing and sales share."""


@app.command()
def show(
    svg: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the picture here, as SVG.")] = None,
    page_file: Annotated[
        Path | None, typer.Option("--page", metavar="FILE", help="Write a page for both teams here, as HTML.")
    ] = None,
    language: Annotated[
        str, typer.Option(help="en, nl or da; else the one that the config names.", show_default=False)
    ] = "",
    config: ConfigFile = CONFIG_FILE,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> int:
    """Show the pipeline as a diagram and in plain words.

    Works offline, from the mapping files alone. The page and the picture are single files that need nothing
    from elsewhere; print them, mail them, put them on the intranet.
    """
    output = Output(json)
    settings = load(config)
    spoken = language or settings.mapping.language
    if spoken not in LANGUAGES:
        raise ConfigError(f"there are no words in {spoken}", fix=f"Languages are {', '.join(LANGUAGES)}.")
    mapping = load_or_raise(settings.mapping.folder, settings.mapping.language)
    made = diagram.layout(mapping.pipeline, spoken)
    for line in diagram.text(made):
        output.line(f"  {line}")
    for heading, said in sentences(mapping, spoken).items():
        output.heading(heading)
        for each in said:
            output.words(f"  {each}")
    if left := held(mapping, spoken):
        output.words(f"  {left}")
    if svg is not None:
        _save(output, svg, diagram.svg(made, WORDS[spoken]["title"]))
    if page_file is not None:
        _save(output, page_file, page(mapping, spoken))
    output.answer(as_json(mapping, spoken))
    return 0


def _save(output: Output, file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise ConfigError(f"cannot write {file}: {error.strerror}", fix="Name another file.") from None
    output.words(f"Written: {file}")


def as_json(mapping: Mapping, language: str) -> dict[str, Any]:
    """The object of ``pipeline show --json``."""
    pipeline = mapping.pipeline
    return {
        "language": language,
        "handover": pipeline.handover,
        "forward": pipeline.forward,
        "stages": [
            {
                "key": stage.key,
                "label": stage.label[language],
                "owner": stage.owner,
                "values": {
                    side.value: {place: list(values) for place, values in stage.reads[side].items()}
                    for side in Side
                },
                "enter_when": stage.enter_when.text if stage.enter_when else None,
                "in_words": read_aloud(stage.enter_when, pipeline, language) if stage.enter_when else None,
            }
            for stage in pipeline.stages
        ],
        "backward": [
            {
                "from": move.start,
                "to": list(move.to),
                "needs_reason": move.needs_reason,
                "grace_seconds": move.grace_s,
            }
            for move in pipeline.backward
        ],
        "held": {side.value: list(pipeline.ignored[side]) for side in Side},
        "deals": [
            {
                "key": step.key,
                "hubspot": {"pipeline": step.hubspot[0], "stage": step.hubspot[1]},
                "salesforce": list(step.salesforce),
            }
            for step in pipeline.deals
        ],
        "sentences": sentences(mapping, language),
    }
