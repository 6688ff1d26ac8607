"""People whom nobody knew yet, and what they write in forms.

Enters: chance. Leaves: names, addresses, numbers and titles, all invented.
"""

from __future__ import annotations

from dataclasses import dataclass

from connector.sandbox.company.chance import Chance, ascii_of
from connector.sandbox.company.places import Place


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody new."""

    first_name: str
    last_name: str
    email: str
    company: str
    place: Place


def newcomer(chance: Chance) -> Newcomer:
    """Somebody at a firm that nobody has heard of."""
    place = chance.place()
    first, last = chance.one_of(place.first_names), chance.one_of(place.last_names)
    number = f"{chance.below(10**9):09d}"
    email = f"{ascii_of(first)}.{ascii_of(last)}@nieuw{number}.{place.top_level}"
    return Newcomer(first, last, email, f"{last} Handel", place)


def address(chance: Chance) -> str:
    """An email address that nobody has."""
    return newcomer(chance).email


def phone(chance: Chance) -> str:
    """A number nobody had before, as it would be dialed from anywhere."""
    numbering = chance.place().mobile
    return f"+{numbering.calling_code}{chance.digits(numbering)}"


def title(chance: Chance) -> str:
    """A job with a word that no seeded title has."""
    return f"Senior {chance.one_of(chance.place().jobs)}"
