"""A fault rule, and what is said about one that is not understood.

Enters: JSON. Leaves: a checked rule, or a ValueError that names each wrong place and what may stand there.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationError, model_validator
from pydantic_core import ErrorDetails

from connector.sandbox.faults.answers import WORDS, Cut, Delay, Hang, Reply, VendorReply, Word
from connector.sandbox.faults.asked import Match
from connector.sandbox.faults.chance import drawn
from connector.sandbox.faults.firing import Answer
from connector.sandbox.faults.inside import FailRows, HideField, LateCommit

KINDS: dict[str, type[Answer]] = {
    "status": Reply,
    "vendor": VendorReply,
    "delay_ms": Delay,
    "cut_after": Cut,
    "hang_s": Hang,
    "fail_rows": FailRows,
    "late_commit_s": LateCommit,
    "hide_field": HideField,
}
"""Forms of an answer by the key that gives each of them away."""


def _kind(answer: Any) -> str | None:
    if isinstance(answer, str):
        return "word"
    keys = answer if isinstance(answer, dict) else getattr(type(answer), "model_fields", {})
    return next((key for key in KINDS if key in keys), None)


Answers = Annotated[
    Annotated[Word, Tag("word")]
    | Annotated[Reply, Tag("status")]
    | Annotated[VendorReply, Tag("vendor")]
    | Annotated[Delay, Tag("delay_ms")]
    | Annotated[Cut, Tag("cut_after")]
    | Annotated[Hang, Tag("hang_s")]
    | Annotated[FailRows, Tag("fail_rows")]
    | Annotated[LateCommit, Tag("late_commit_s")]
    | Annotated[HideField, Tag("hide_field")],
    Discriminator(_kind),
]
_WORDS_AND_KEYS = f"must be one of the words {', '.join(WORDS)}, or an object with one of {', '.join(KINDS)}"


class Fault(BaseModel):
    """One rule. Of the requests that match, the `nth` is the first that it may fire at (1 = the next), then
    each `every`-th, each with this `probability`, at most `times` times (null: until it is cleared)."""

    model_config = ConfigDict(extra="forbid")

    match: Match = Field(
        default_factory=Match, description=f"must be an object with any of {', '.join(Match.model_fields)}"
    )
    nth: int = Field(default=1, ge=1, description="must be a whole number, 1 or more")
    every: int = Field(default=1, ge=1, description="must be a whole number, 1 or more")
    probability: float = Field(default=1, gt=0, le=1, description="must be a number above 0, up to 1")
    seed: int = Field(default=1, description="must be a whole number")
    times: int | None = Field(
        default=1, ge=1, description="must be a whole number, 1 or more, or null (until it is cleared)"
    )
    answer: Answers = Field(description=_WORDS_AND_KEYS)

    @model_validator(mode="after")
    def _on_its_side(self) -> "Fault":
        """An answer that only one CRM gives is given by that one only."""
        side = self.answer.side if isinstance(self.answer, Answer) else None
        if side is not None and self.match.side not in (None, side):
            raise ValueError(f'answer: only {side} answers like this, but match.side is "{self.match.side}"')
        self.match.side = side or self.match.side
        return self

    def fires(self, number: int) -> bool:
        """Whether it fires at the `number`th matching request (from 1), if it has any `times` left."""
        if number < self.nth or (number - self.nth) % self.every:
            return False
        return drawn(self.seed, "fires", number).random() < self.probability


def understood(rule: Mapping[str, Any]) -> Fault:
    """The rule. Raises ValueError: one line with each wrong place."""
    try:
        return Fault.model_validate(rule)
    except ValidationError as error:
        found: dict[str, str] = {}
        for problem in error.errors(include_url=False):
            place, said = _complaint(problem)
            found.setdefault(place, said)
        raise ValueError("; ".join(f"{place}: {said}" for place, said in found.items())) from None


def _complaint(problem: ErrorDetails) -> tuple[str, str]:
    """Where, and what may stand there."""
    steps = [str(step) for step in problem["loc"]]
    if not steps:  # from a check of the whole rule, which says it all
        place, _, said = str(problem["ctx"]["error"]).partition(": ")
        return place, said
    model: type[BaseModel] = Fault
    if len(steps) > 1 and steps[0] == "match":
        model, steps = Match, ["match", steps[1]]
    elif len(steps) > 2 and steps[0] == "answer":
        model, steps = KINDS[steps[1]], ["answer", steps[2]]
    else:
        steps = steps[:1]
    field = model.model_fields.get(steps[-1])
    known = f"there is no such key; known: {', '.join(model.model_fields)}"
    return ".".join(steps), known if field is None else str(field.description)
