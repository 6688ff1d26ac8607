"""Countries: names in English, Dutch, Danish, French and German, and codes, to ISO 3166 codes and back.

Enters: free text. Leaves: an alpha-2 code (``NL``). Never: a guess; what no list knows has no counterpart.
Source: ISO 3166-1 with the translations that the pycountry package carries; common short names below.
"""
# ruff: noqa: ARG002 - all converters have one signature, whether or not they need every argument

import gettext
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import pycountry

from connector.mapping.convert import Context, Unmappable
from connector.mapping.converters.text import as_text, clean
from connector.model import Raw, Side, Value

LANGUAGES = ("nl", "da", "fr", "de")
COMMON = {
    "AE": ("UAE", "Emirates"),
    "BE": ("Belgie", "België / Belgique"),
    "BO": ("Bolivia",),
    "CD": ("DR Congo", "Congo-Kinshasa"),
    "CI": ("Ivory Coast", "Ivoorkust", "Elfenbeinküste"),
    "CV": ("Cape Verde",),
    "ES": ("España",),
    "FI": ("Suomi",),
    "IT": ("Italia",),
    "PL": ("Polska",),
    "CZ": ("Czech Republic", "Tsjechië", "Tschechien", "Tjekkiet"),
    "DE": ("BRD", "Federal Republic of Germany"),
    "DK": ("Danmark", "Kingdom of Denmark"),
    "GB": (
        "UK",
        "U.K.",
        "Great Britain",
        "Britain",
        "England",
        "Scotland",
        "Wales",
        "Northern Ireland",
        "Engeland",
        "Groot-Brittannië",
        "Storbritannien",
        "Großbritannien",
        "Grande-Bretagne",
    ),
    "IR": ("Iran",),
    "KP": ("North Korea", "Noord-Korea", "Nordkorea", "Corée du Nord"),
    "KR": ("South Korea", "Zuid-Korea", "Sydkorea", "Südkorea", "Corée du Sud"),
    "MD": ("Moldova",),
    "MK": ("Macedonia", "North Macedonia"),
    "NL": ("The Netherlands", "Holland", "Pays Bas", "Nederlandene", "Hollande"),
    "RU": ("Russia", "Rusland", "Russland", "Russie"),
    "SY": ("Syria",),
    "TR": ("Turkey", "Turkije", "Tyrkiet", "Türkei", "Turquie"),
    "TW": ("Taiwan",),
    "TZ": ("Tanzania",),
    "US": (
        "USA",
        "U.S.A.",
        "U.S.",
        "America",
        "United States of America",
        "The United States",
        "Amerika",
        "Verenigde Staten van Amerika",
        "De Forenede Stater",
        "Etats-Unis",
        "Vereinigte Staaten von Amerika",
    ),
    "VE": ("Venezuela",),
    "VN": ("Vietnam",),
}
PLAIN_NAMES = {
    "KR": "South Korea",
    "KP": "North Korea",
    "RU": "Russia",
    "TR": "Türkiye",
    "GB": "United Kingdom",
}


def _key(name: str) -> str:
    """What counts as the same name: letters and digits alone, without accents or case."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in plain if letter.isalnum())


@lru_cache(maxsize=1)
def _codes() -> dict[str, str]:
    """Every known name -> code. Official names first, so that a common name never takes another country's."""
    known: dict[str, str] = {}
    tongues = [gettext.translation("iso3166-1", pycountry.LOCALES_DIR, [tongue]) for tongue in LANGUAGES]
    for country in pycountry.countries:
        own = {
            country.name,
            *(getattr(country, a, "") for a in ("common_name", "official_name")),
            country.alpha_3,
        }
        translated = {tongue.gettext(name) for tongue in tongues for name in own if name}
        for name in (country.alpha_2, *sorted(own | translated)):
            known.setdefault(_key(name), country.alpha_2)
    for code, names in COMMON.items():
        for name in names:
            known.setdefault(_key(name), code)
    known.pop("", None)
    return known


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    """Code -> English short name, as people write it (``Bolivia``, not its name in the standard)."""
    return {
        c.alpha_2: PLAIN_NAMES.get(c.alpha_2) or getattr(c, "common_name", None) or c.name
        for c in pycountry.countries
    }


@lru_cache(maxsize=8192)
def code_of(text: str) -> str | None:
    """ISO alpha-2 code of a country written in any of the known ways; None when it isn't known."""
    return _codes().get(_key(text))


@dataclass(frozen=True, slots=True)
class Country:
    """A country. ``codes``: write ``NL`` instead of ``Netherlands`` (state and country picklists of
    Salesforce keep codes)."""

    codes: bool = False
    name: str = "country"
    lossy: bool = False

    def read(self, raw: Raw, side: Side, type: str, ctx: Context) -> Value:
        text = clean(raw)
        if text is None:
            return None
        code = code_of(text)
        if code is None:
            raise Unmappable("unmapped", "is no country that is known by this name")
        return code

    def write(self, value: Value, side: Side, type: str, ctx: Context) -> Raw:
        text = as_text(value)
        if text is None:
            return None
        if text not in _names():
            raise Unmappable("unmapped", "is no ISO country code")
        return text if self.codes else _names()[text]
