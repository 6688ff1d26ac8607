"""Counts and guards in words, the same in every command.

Enters: numbers, the names of guards and of their classes. Leaves: sentences. Never: I/O.
"""

from connector.model import Kind, Side

LABELS = {Side.HUBSPOT: "HubSpot", Side.SALESFORCE: "Salesforce"}
COMMANDS = ("smarketing", "pip", "chmod", "keyring")
APPROVE = "smarketing approve"


def counted(count: int, noun: str) -> str:
    """``1 record``, ``2,000 records``, ``3 companies``."""
    return f"{count:,} {noun if count == 1 else plural(noun)}"


def plural(noun: str) -> str:
    """``records``, ``companies``, ``people``."""
    if noun == "person":
        return "people"
    return f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"


def sentence(text: str) -> str:
    """With a capital, unless it begins with a command to type."""
    if text.partition(" ")[0] in COMMANDS:
        return text
    return text[:1].upper() + text[1:]


def class_words(label: str) -> str:
    """What a guard class holds: ``overwrite hubspot contact.phone`` -> ``values of phone to be replaced,
    HubSpot contacts``."""
    verb, side, kind, field = _parts(label)
    if not kind:
        return label
    who = f"{_label(side)} {plural(kind)}"
    return {
        "create": f"{plural(kind)} to be created in {_label(side)}",
        "archive": f"{plural(kind)} to be put into the recycle bin of {_label(side)}",
        "recreate": f"{plural(kind)} to be created in {_label(side)} that may have been deleted there before",
        "own": f"the connector's own fields of {who}",
        "owner": f"owners to be replaced, {who}",
        "blank": f"values of {field} to be emptied, {who}",
        "optout": f"{plural(kind)} to be opted out of all email in {_label(side)}, for good",
        "unlink": f"records to be taken out of {field}, {who}",
        "overwrite": f"values of {field} to be replaced, {who}",
    }.get(verb, label)


def is_danger(name: str) -> bool:
    """Whether a guard's name is one that stops everything; the others hold a class of changes."""
    return name.partition(" ")[0] in ("mapping", "schema", "small", "lost")


def danger_words(name: str, plan: str | None) -> str:
    """Why a danger guard stopped the run, and the way out."""
    approve = f"{APPROVE} {plan}" if plan else "smarketing plan, then approve the hash that it shows"
    if name == "mapping":
        return (
            "The mapping files are new, or have changed since the last preview. Look with `smarketing plan`, "
            "then sync."
        )
    what, _, rest = name.partition(" ")
    if what == "small":
        side, _, kind = rest.partition(" ")
        return (
            f"{_label(side)} shows fewer than half of the {plural(kind)} known before: check what its user "
            f"may see, or whether a backup was restored. Nothing was written. If it is right: {approve}"
        )
    if what == "schema":
        side, _, field = rest.partition(" ")
        return (
            f"{field} in {_label(side)} has changed since the last preview (its type, who may write it, or "
            f"picklist values that are gone), and would be written. Nothing was written. Look with "
            f"`smarketing plan`, then sync."
        )
    if what == "lost":
        return (
            f"More than half of the linked {plural(rest)} have lost a record to deletion. Nothing was "
            f"written. If it was meant: {approve}"
        )
    return name


def _parts(label: str) -> tuple[str, str, str, str]:
    """A class label (``overwrite hubspot contact.phone``) as verb, side, kind and field."""
    words = label.split(" ", 2)
    if len(words) != 3:
        return label, "", "", ""
    kind, _, field = words[2].partition(".")
    return (words[0], words[1], kind, field) if kind in list(Kind) else (label, "", "", "")


def _label(side: str) -> str:
    return LABELS[Side(side)] if side in list(Side) else side
