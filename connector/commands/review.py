"""``smarketing review``: what only a person can decide: list, show, resolve, retry."""

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
from connector.state.rows import OpenReview
from connector.state.store import Store

app = typer.Typer(no_args_is_help=True, help="What only a person can decide.")

Number = Annotated[int, typer.Argument(metavar="ID", help="The item's number, as `review list` shows it.")]


@app.command("list")
def list_items(
    kind: Annotated[str | None, typer.Option(help="Only contact, company or deal.")] = None,
    config: ConfigFile = CONFIG_FILE,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> int:
    """List the open items, oldest first."""
    output = Output(json)
    wanted = parse_kind(kind) if kind else None
    with open_state(load(config)) as store:
        items = store.open_reviews(wanted)
    if items:
        rows = [
            (str(i.id), i.review.code, i.review.kind, i.review.field, _subject(i), _since(i)) for i in items
        ]
        output.table(("id", "what", "kind", "field", "record", "since"), rows)
        output.words("More about one: smarketing review show ID")
    else:
        output.words("Nothing waits for a decision.")
    output.answer({"items": [item_json(item) for item in items]})
    return 0


@app.command()
def show(id: Number, config: ConfigFile = CONFIG_FILE, json: Json = False, debug: Debug = False) -> int:  # noqa: ARG001
    """Show one item: what it is about, the candidates, and how to decide."""
    output = Output(json)
    with open_state(load(config)) as store:
        item = _item(store, id)
    review = item.review
    output.words(f"{item.id}: {review.message}", style="bold")
    rows = [("about", str(review.subject), _explain(item, review.subject))]
    rows += [("candidate", str(ref), _explain(item, ref)) for ref in review.candidates]
    rows += [("our link", review.link, "")] if review.link else []
    output.table(("", "", "to look at it"), [*rows, ("open since", _since(item), "")])
    output.words("To decide, one of:")
    for line in how_to_decide(item):
        output.line(f"  {line}")
    looks = [_explain(item, ref) for ref in (review.subject, *review.candidates)]
    output.answer(item_json(item) | {"how": how_to_decide(item), "explain": looks})
    return 0


@app.command()
def resolve(
    id: Number,
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
    with open_state(load(config)) as store:
        item = _item(store, id)
        resolution = resolution_of(item, keep, link, apart, again)
        store.resolve_review(id, resolution, datetime.now(UTC))
    output.words(f"Decided: {resolution}. The next sync does it: smarketing sync")
    output.answer({"id": id, "resolution": resolution})
    return 0


@app.command()
def retry(id: Number, config: ConfigFile = CONFIG_FILE, json: Json = False, debug: Debug = False) -> int:  # noqa: ARG001
    """Look at one item again at the next sync, for when the cause is gone."""
    output = Output(json)
    with open_state(load(config)) as store:
        _item(store, id)
        store.resolve_review(id, RETRY, datetime.now(UTC))
    output.words("The next sync looks at it again: smarketing sync")
    output.answer({"id": id, "resolution": RETRY})
    return 0


RETRY = "retry"
DELETED = "deleted"
"""The code of a question about a record whose partner was deleted."""


def _item(store: Store, number: int) -> OpenReview:
    item = store.review(number)
    if item is not None and item.resolved_at is None:
        return item
    raise ConfigError(f"there is no open item {number}", fix="See: smarketing review list")


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


def _subject(item: OpenReview) -> str:
    return str(item.review.subject)


def _since(item: OpenReview) -> str:
    return f"{item.opened_at:%Y-%m-%d %H:%M}"


def item_json(item: OpenReview) -> dict[str, Any]:
    """One item as plain data."""
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
    }
