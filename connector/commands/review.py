"""``smarketing review``: what only a person can decide, and what is held or parked: list, show, resolve,
retry."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from connector.commands.output import Output
from connector.commands.shared import CONFIG_FILE, ConfigFile, Debug, Json
from connector.connect import open_state
from connector.errors import ConfigError
from connector.lookup import parse_kind, parse_ref
from connector.model import Ref, Side
from connector.settings import load
from connector.state.rows import OpenReview, Waiting
from connector.state.store import Store

app = typer.Typer(no_args_is_help=True, help="What only a person can decide, and what is held.")

Name = Annotated[
    str, typer.Argument(metavar="ID", help="12, or h12 for something held, as `review list` shows it.")
]
WAITS = 1


@app.command("list")
def list_items(
    kind: Annotated[str | None, typer.Option(help="Only contact, company or deal.")] = None,
    config: ConfigFile = CONFIG_FILE,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> int:
    """List the open questions and what is held or parked, oldest first.

    Exit code 1 when there is any.
    """
    output = Output(json)
    wanted = parse_kind(kind) if kind else None
    with open_state(load(config)) as store:
        now = present(store)
        questions = store.open_reviews(wanted)
        waiting = [item for item in store.waiting_items() if wanted in (None, item.kind)]
    held = [item for item in waiting if item.id.startswith("h")]
    if not waiting:
        output.words("Nothing waits for a decision, and nothing is held.")
    for title, some in (("Questions", [i for i in waiting if i not in held]), ("Held and parked", held)):
        if some:
            output.heading(title)
            output.table(("id", "code", "kind", "field", "record", "since (UTC)"), map(_row, some))
    if waiting:
        output.words("More about one: smarketing review show ID. What the codes mean: docs/errors.md")
    items = [item_json(item, now) for item in questions]
    output.answer({"items": items, "held": [held_json(item, now) for item in held]})
    return WAITS if waiting else 0


def _row(item: Waiting) -> tuple[str, ...]:
    since = f"{item.since:%Y-%m-%d %H:%M}"
    return (item.id, item.code, item.kind or "", item.field, str(item.subject), since)


@app.command()
def show(id: Name, config: ConfigFile = CONFIG_FILE, json: Json = False, debug: Debug = False) -> int:  # noqa: ARG001
    """Show one item: what it is about, the candidates, and how to decide or mend it."""
    output = Output(json)
    with open_state(load(config)) as store:
        now = present(store)
        if id.startswith("h"):
            return _show_held(output, _held(store, id), now)
        item = _item(store, id)
    review = item.review
    output.words(f"{item.id}: {review.message}", style="bold")
    rows = [("about", str(review.subject), _explain(item, review.subject))]
    rows += [("candidate", str(ref), _explain(item, ref)) for ref in review.candidates]
    rows += [("our link", review.link, "")] if review.link else []
    output.table(
        ("", "", "to look at it"), [*rows, ("code", review.code, ""), ("open since", _since(item), "")]
    )
    output.words("To decide, one of:")
    for line in how_to_decide(item):
        output.line(f"  {line}")
    looks = [_explain(item, ref) for ref in (review.subject, *review.candidates)]
    output.answer(item_json(item, now) | {"how": how_to_decide(item), "explain": looks})
    return 0


def _show_held(output: Output, item: Waiting, now: datetime) -> int:
    look = f"smarketing explain {item.kind} {item.subject.id}"
    how = [f"smarketing review retry {item.id}"]
    output.words(f"{item.id}: {item.message}", style="bold")
    again = f"{item.retry_at:%Y-%m-%d %H:%M}" if item.retry_at else "at the next run"
    rows = [("about", str(item.subject), look), ("code", item.code, ""), ("our link", item.link, "")]
    rows += [("the CRM said", item.refusal, "")] if item.refusal else []
    rows += [("held since", f"{item.since:%Y-%m-%d %H:%M}", ""), ("looked at again", again, "")]
    output.table(("", "", "to look at it"), rows)
    output.words(f"Cause and fix: docs/errors.md, {item.code}. When it is mended: {how[0]}")
    output.answer(held_json(item, now) | {"how": how, "explain": [look]})
    return 0


@app.command()
def resolve(
    id: Name,
    keep: Annotated[
        str | None, typer.Option(help="For a clash: the side whose value counts, hubspot or salesforce.")
    ] = None,
    link: Annotated[
        str | None,
        typer.Option(
            metavar="RECORD", help="For look-alikes: the record it belongs to, as `review show` names it."
        ),
    ] = None,
    apart: Annotated[
        bool, typer.Option("--apart", help="For look-alikes: they are different. For a deletion: leave it.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="For a deletion: start anew with the record that is left over.")
    ] = False,
    config: ConfigFile = CONFIG_FILE,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> int:
    """Decide one item; the next sync does what was decided."""
    output = Output(json)
    if id.startswith("h"):
        fix = f"Mend its cause, then: smarketing review retry {id}"
        raise ConfigError("what is held is no question to decide", fix=fix)
    with open_state(load(config)) as store:
        item = _item(store, id)
        resolution = resolution_of(item, keep, link, apart, again)
        store.resolve_review(item.id, resolution, datetime.now(UTC))
    output.words(f"Decided: {resolution}. The next sync does it: smarketing sync")
    output.answer({"id": item.id, "resolution": resolution})
    return 0


@app.command()
def retry(
    id: Annotated[str, typer.Argument(metavar="ID", help="12, h12, or all that is held: `all`.")],
    config: ConfigFile = CONFIG_FILE,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> int:
    """Look at one item again at the next sync, for when the cause is gone; or at all that is held."""
    output = Output(json)
    with open_state(load(config)) as store:
        if id == "all" or id.startswith("h"):
            some = _all_held(store) if id == "all" else [_held(store, id)]
            store.ask_retry(link for item in some if (link := item.link))
        else:
            store.resolve_review(_item(store, id).id, RETRY, datetime.now(UTC))
    output.words("The next sync looks at it again: smarketing sync")
    output.answer({"id": id, "resolution": RETRY})
    return 0


def present(store: Store) -> datetime:
    """Now, by the later of this machine's clock and the CRMs', which runs go by."""
    return max([datetime.now(UTC), *(row.started_at for row in store.last_runs(1))])


RETRY = "retry"
DELETED = "deleted"
"""The code of a question about a record whose partner was deleted."""


def _item(store: Store, name: str) -> OpenReview:
    item = store.review(int(name)) if name.isdecimal() and len(name) < 18 else None
    if item is not None and item.resolved_at is None:
        return item
    raise ConfigError(f"there is no open item {name}", fix="See: smarketing review list")


def _all_held(store: Store) -> list[Waiting]:
    return [item for item in store.waiting_items() if item.id.startswith("h")]


def _held(store: Store, name: str) -> Waiting:
    found = next((item for item in _all_held(store) if item.id == name), None)
    if found is None:
        raise ConfigError(f"there is no held item {name}", fix="See: smarketing review list")
    return found


def resolution_of(
    item: OpenReview, keep: str | None, link: str | None, apart: bool, again: bool = False
) -> str:
    """What is stored: ``hubspot``, ``salesforce``, ``link:<type>:<id>``, ``apart`` or ``again``. Raises
    ConfigError."""
    if [keep is not None, link is not None, apart, again].count(True) != 1:
        raise ConfigError("decide one thing", fix=_choices(item))
    about_field = bool(item.review.field)
    if about_field != (keep is not None) or again and item.review.code != DELETED:
        raise ConfigError("that does not fit this item", fix=_choices(item))
    if keep is not None:
        if keep not in list(Side):
            raise ConfigError(f"there is no side {keep}", fix="Write --keep hubspot or --keep salesforce.")
        return keep
    if link is None:
        return "again" if again else "apart"
    ref = parse_ref(link)
    if ref not in item.review.candidates:
        fix = "Choose one of: " + ", ".join(str(each) for each in item.review.candidates)
        raise ConfigError(f"{ref} is not among the candidates", fix=fix)
    return f"link:{ref.type}:{ref.id}"


def _choices(item: OpenReview) -> str:
    return "\n".join(["Type one of:", *how_to_decide(item)])


def _explain(item: OpenReview, ref: Ref) -> str:
    """The command that shows a record as it is now."""
    return f"smarketing explain {item.review.kind} {ref.id}"


def how_to_decide(item: OpenReview) -> list[str]:
    """The commands that fit an item."""
    start = f"smarketing review resolve {item.id}"
    if item.review.field:
        return [f"{start} --keep hubspot", f"{start} --keep salesforce"]
    anew = [f"{start} --again"] if item.review.code == DELETED else []
    return [*(f"{start} --link {ref}" for ref in item.review.candidates), f"{start} --apart", *anew]


def _since(item: OpenReview) -> str:
    return f"{item.opened_at:%Y-%m-%d %H:%M}"


def item_json(item: OpenReview, now: datetime) -> dict[str, Any]:
    """One question as plain data; ages are seconds."""
    review = item.review
    return {
        "id": item.id,
        "code": review.code,
        "kind": review.kind.value,
        "field": review.field or None,
        "subject": str(review.subject),
        "candidates": [str(ref) for ref in review.candidates],
        "link": review.link,
        "message": review.message,
        "opened_at": item.opened_at,
        "age_s": round((now - item.opened_at).total_seconds()),
    }


def held_json(item: Waiting, now: datetime) -> dict[str, Any]:
    """Something held or parked as plain data; ages are seconds."""
    return {
        "id": item.id,
        "code": item.code,
        "refusal": item.refusal or None,
        "kind": item.kind.value if item.kind else None,
        "field": item.field or None,
        "subject": str(item.subject),
        "link": item.link,
        "message": item.message,
        "opened_at": item.since,
        "age_s": round((now - item.since).total_seconds()),
        "retry_at": item.retry_at,
    }
