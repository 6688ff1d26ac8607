"""Forms, traffic sources, reasons and words that people use at work. Only data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Form:
    """`points` are what filling it in adds to a score; a `hot` one is handed over to sales at once."""

    name: str
    share: int
    points: int
    asks_for_name: bool = True
    asks_for_work: bool = False
    hot: bool = False


FORMS = (
    Form("Demo aanvragen: website", 20, 55, asks_for_work=True, hot=True),
    Form("Contact us", 15, 35, asks_for_work=True),
    Form("Whitepaper: 12 tips", 30, 25, asks_for_work=True),
    Form("Webinar tilmelding", 20, 20),
    Form("Nieuwsbrief", 15, 5, asks_for_name=False),
)


@dataclass(frozen=True, slots=True)
class TrafficSource:
    """HubSpot's name of a source, and what it notes beside it (of UTM parameters: campaign and term)."""

    name: str
    drill_down: tuple[str, str] = ("", "")


SOURCES = (
    TrafficSource("ORGANIC_SEARCH", ("Unknown keywords (SSL)", "GOOGLE")),
    TrafficSource("PAID_SEARCH", ("voorjaar-brand", "crm koppelen")),
    TrafficSource("PAID_SOCIAL", ("LinkedIn", "awareness-dk")),
    TrafficSource("SOCIAL_MEDIA", ("LinkedIn", "Company post")),
    TrafficSource("EMAIL_MARKETING", ("nieuwsbrief-november", "button")),
    TrafficSource("REFERRALS", ("example.org", "/partners")),
    TrafficSource("DIRECT_TRAFFIC", ("www.noordlicht-systemen.nl/", "")),
    TrafficSource("OTHER_CAMPAIGNS", ("beurs-utrecht", "")),
)

REJECTIONS = (
    ("unable to reach", "Vijf keer gebeld, geen gehoor"),
    ("no budget", "Ingen budget før næste år"),
    ("no fit", "Te klein voor ons"),
    ("no interest", "Wilde alleen de whitepaper"),
    ("inaccurate data", "Wrong number, mail bounced"),
    ("duplicate", "Staat er al in"),
)
"""Why a rep rejects a lead, as a word to look for among the org's own choices, and what is noted beside."""

SUBJECTS = ("Gebeld", "Voicemail ingesproken", "Call", "Opfølgning", "Terugbelverzoek")
MEETINGS = ("Kennismaking", "Demo", "Intake call", "Behovsafdækning")
