"""The shared pipeline: where a stage stands in it.

Enters: the pipeline of ``pipeline.yaml`` and a stage. Leaves: its place. Never: I/O. ``moves`` tells which
moves are allowed, ``criteria`` who enters a stage by a criterion, ``stage`` what becomes of one person's
stage.
"""

from connector.mapping.rules import Pipeline
from connector.model import Value

STAGE = "stage"
"""Name of the shared field that holds the stage."""


def place(pipeline: Pipeline, stage: Value) -> int:
    """Place of a stage in the pipeline from 0; -1 for blank or unknown."""
    try:
        return pipeline.index(str(stage))
    except KeyError:
        return -1
