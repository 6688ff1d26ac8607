"""Sending a batch of writes so that one bad record never holds up the rest, for both CRMs alike.

Enters: writes and a function that sends some of them in one request. Leaves: one Result per write. A batch
that is refused as a whole is cut in halves until the poison record stands alone; a batch whose answer was
lost is never sent again.
"""

import re
from collections.abc import Callable, Iterable, Sequence

from connector.crm.wire import VendorRefusal
from connector.errors import Retry, Unknown
from connector.model import Result, Verdict, Write

Send = Callable[[Sequence[Write]], Iterable[Result]]
Explain = Callable[[Write, VendorRefusal], Result]

_IMPOSSIBLE = re.compile("[\x00\ud800-\udfff]")
_BISECTED = frozenset({400, 404, 409, 413, 414, 422})


def deliver(writes: Sequence[Write], send: Send, explain: Explain, results: dict[str, Result]) -> None:
    """Send ``writes`` and note each Result under its key in ``results``, as soon as it is known.

    ``explain`` turns the refusal of a request with one write into its Result. Raises Stop, with the results
    known so far in ``results``.
    """
    if not writes:
        return
    try:
        answered = {result.key: result for result in send(writes)}
    except VendorRefusal as refusal:
        _refused(writes, send, explain, results, refusal)
        return
    except Unknown as lost:
        answered = {w.key: verdict_of(w, Verdict.UNKNOWN, "ANSWER_LOST", lost.message) for w in writes}
    except Retry as busy:
        answered = {w.key: verdict_of(w, Verdict.RETRY, "BUSY", busy.message) for w in writes}
    for write in writes:
        results[write.key] = answered.get(write.key) or verdict_of(
            write, Verdict.UNKNOWN, "NOT_ANSWERED", "the answer does not mention this record"
        )


def _refused(
    writes: Sequence[Write], send: Send, explain: Explain, results: dict[str, Result], refusal: VendorRefusal
) -> None:
    if len(writes) == 1 or refusal.status not in _BISECTED:
        results.update({write.key: explain(write, refusal) for write in writes})
        return
    middle = len(writes) // 2
    deliver(writes[:middle], send, explain, results)
    deliver(writes[middle:], send, explain, results)


def unsendable(write: Write) -> tuple[str, ...]:
    """Columns whose text no CRM can hold: NUL characters and halves of surrogate pairs."""
    texts = ((column, value) for column, value in write.values.items() if isinstance(value, str))
    return tuple(column for column, value in texts if _IMPOSSIBLE.search(value))


def refuse_unsendable(writes: Sequence[Write], results: dict[str, Result]) -> list[Write]:
    """Refuse what cannot be sent; returns the other writes."""
    good = []
    for write in writes:
        bad = unsendable(write)
        if bad:
            text = "the text holds characters that no CRM can hold"
            results[write.key] = verdict_of(write, Verdict.REFUSED, "IMPOSSIBLE_TEXT", text, bad)
        else:
            good.append(write)
    return good


def verdict_of(
    write: Write, verdict: Verdict, code: str, message: str, fields: tuple[str, ...] = ()
) -> Result:
    """A Result that brings nothing back."""
    return Result(write.key, verdict, id=write.id, code=code, message=message, fields=fields)


def in_order(writes: Sequence[Write], results: dict[str, Result]) -> list[Result]:
    """One Result per write, in their order; a write that was never sent is to be tried later."""
    unsent = "not sent: an earlier request of this batch stopped the run"
    return [results.get(w.key) or verdict_of(w, Verdict.RETRY, "NOT_SENT", unsent) for w in writes]
