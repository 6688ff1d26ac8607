"""Notes: what a rep or a marketer reads on the record when the connector did not keep their move.

Enters: a ``Note``. Leaves: a sentence in the language of the CRMs, and the code by which the state remembers
it. Never: I/O, or anything of the person.
"""

from dataclasses import dataclass
from datetime import datetime

from connector.domain.moves import NO_REASON, NOT_LISTED, NOT_THEIRS, SKIPS
from connector.domain.pipeline import place
from connector.mapping.rules import Pipeline

WAITS = "waits"

SENTENCES = {
    "en": {
        NOT_LISTED: 'Back to "{stage}": nobody moves from there to "{tried}" in this pipeline.',
        SKIPS: 'Back to "{stage}": "{tried}" is more than one stage ahead.',
        NOT_THEIRS: 'Back to "{stage}": this person does not have the stage "{tried}".',
        NO_REASON: 'Back to "{stage}": no reason was stated for the move to "{tried}".',
        WAITS: 'The move to "{tried}" needs a reason. Without one this person goes back to "{stage}".',
    },
    "nl": {
        NOT_LISTED: 'Terug naar "{stage}": vandaar gaat in deze pijplijn niemand naar "{tried}".',
        SKIPS: 'Terug naar "{stage}": "{tried}" ligt meer dan één fase verder.',
        NOT_THEIRS: 'Terug naar "{stage}": deze persoon heeft de fase "{tried}" niet.',
        NO_REASON: 'Terug naar "{stage}": er is geen reden opgegeven voor de stap naar "{tried}".',
        WAITS: 'De stap naar "{tried}" vraagt een reden. Zonder gaat deze persoon terug naar "{stage}".',
    },
    "da": {
        NOT_LISTED: 'Tilbage til "{stage}": derfra går ingen til "{tried}" i denne pipeline.',
        SKIPS: 'Tilbage til "{stage}": "{tried}" ligger mere end én fase længere fremme.',
        NOT_THEIRS: 'Tilbage til "{stage}": denne person har ikke fasen "{tried}".',
        NO_REASON: 'Tilbage til "{stage}": der blev ikke angivet en årsag til skiftet til "{tried}".',
        WAITS: 'Skiftet til "{tried}" kræver en årsag. Uden den går personen tilbage til "{stage}".',
    },
}


@dataclass(frozen=True, slots=True)
class Note:
    """What to tell whoever made a move that does not stand. ``code``: see ``moves``; ``stage``: where the
    person stands; ``tried``: where they were moved to; ``until``: the end of a grace, aware."""

    code: str
    stage: str
    tried: str
    until: datetime | None = None

    @property
    def packed(self) -> str:
        """As the state remembers it."""
        return ":".join((WAITS if self.until else self.code, self.stage, self.tried))


def kept(packed: str, stage: str | None) -> str:
    """What stays of an earlier note when nothing new is to be told: a note of a move that was put back stands
    until the person is moved to another stage."""
    code, _, rest = packed.partition(":")
    return packed if code != WAITS and rest.partition(":")[0] == stage else ""


def sentence(packed: str, pipeline: Pipeline, language: str) -> str | None:
    """The note in words; None for none, and for one whose stages are in the pipeline no longer."""
    code, _, rest = packed.partition(":")
    stage, _, tried = rest.partition(":")
    words = SENTENCES[language].get(code)
    if words is None or min(place(pipeline, stage), place(pipeline, tried)) < 0:
        return None
    label = {each.key: each.label.get(language) or each.key for each in pipeline.stages}
    return words.format(stage=label[stage], tried=label[tried])
