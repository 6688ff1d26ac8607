"""Checks of criteria: they compile, and name only what can be known."""

from collections.abc import Iterator, Mapping

from connector.mapping.build import criterion_names
from connector.mapping.criteria import CriterionError, Of, compile
from connector.mapping.nodes import Path
from connector.mapping.parsed import Files, Parsed
from connector.mapping.problem import Problem
from connector.mapping.shape import ObjectFile, PipelineFile
from connector.mapping.stages import rearm_names
from connector.model import Kind, Side


def _stages(files: Files) -> list[str]:
    return [stage.key for stage in files.pipeline.model.stages] if files.pipeline else []


def include(files: Files) -> Iterator[Problem]:
    """An inclusion criterion uses the fields of its own side: a record is judged before it has a partner."""
    if files.pipeline is None:
        return
    for kind, file in files.objects.items():
        for side in Side:
            text = getattr(file.model.include, side.value)
            names = criterion_names(file.model, kind, side)
            everywhere = criterion_names(file.model, kind)
            yield from _compiled(file, ("include", side.value), text, names, _stages(files), everywhere)


def of_stages(files: Files) -> Iterator[Problem]:
    """The criteria of stages and of `rearm` use the shared fields of people."""
    people = files.objects.get(Kind.CONTACT)
    if files.pipeline is None or people is None:
        return
    names = criterion_names(people.model, Kind.CONTACT)
    for i, stage in enumerate(files.pipeline.model.stages):
        for key in ("enter_when", "only_when"):
            if text := getattr(stage, key):
                yield from _compiled(files.pipeline, ("stages", i, key), text, names, _stages(files))
    rearm = files.pipeline.model.rearm
    if rearm is not None and rearm.when:
        path = ("rearm", "when")
        yield from _compiled(files.pipeline, path, rearm.when, rearm_names(names), _stages(files))


def _compiled(
    file: Parsed[ObjectFile] | Parsed[PipelineFile],
    path: Path,
    text: str,
    names: Mapping[str, Of],
    stages: list[str],
    everywhere: Mapping[str, Of] | None = None,
) -> Iterator[Problem]:
    try:
        compile(text, names, stages)
    except CriterionError as error:
        message = error.message
        if error.unknown in (everywhere or {}):
            message = f'"{error.unknown}" does not exist in {path[-1]}; a record is judged by its own side'
        yield Problem(file.inside(path, error.column), message, "criterion")


CHECKS = (include, of_stages)
