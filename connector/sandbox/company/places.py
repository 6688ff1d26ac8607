"""Names, towns and phone numbering of the four countries that the seeded company sells to.

Only data. Everything is invented: no person or firm is meant.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Numbering:
    """One kind of phone number: calling code, its national number as digits ('#' = any), and its spellings.

    A spelling shows the national number in groups: `{0}`, `{1}` … are the groups of `groups`, in order.
    """

    calling_code: str
    pattern: str
    groups: tuple[int, ...]
    spellings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A country with what its people, firms and addresses are called."""

    code: str
    top_level: str
    currency: str
    countries: tuple[str, ...]
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]
    towns: tuple[tuple[str, str], ...]
    streets: tuple[str, ...]
    street_form: str
    jobs: tuple[str, ...]
    firms: tuple[str, ...]
    mobile: Numbering
    landline: Numbering


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split("|"))


_NETHERLANDS = Place(
    code="NL",
    top_level="nl",
    currency="EUR",
    countries=("Nederland", "NL", "The Netherlands", "Netherlands", "nederland", "NEDERLAND"),
    first_names=_words(
        "Jan|Joost|Maartje|Sanne|Daniël|Zoë|Anaïs|Loïs|Pieter-Jan|Femke|Thijs|Noémi|Ruud|"
        "Marieke|Bas|Eveline|René|Geërt|Lieke|Jeroen|Hanneke|Mohammed|Fatima|Chloë|Sjoerd|"
        "Ypke|Willemijn|Koen|Iris|Casper|Joëlle|Tom"
    ),
    last_names=_words(
        "de Vries|van der Berg|Jansen|van den Heuvel|'t Hart|van 't Hoff|Bakker|Visser|"
        "de Groot|Mulder|van Dijk|Smit|Meijer|Hendriks|in 't Veld|Koster|Ypma|Beëlen|"
        "van de Ven|Kuipers|ter Horst|Brouwer|Dekker|Schouten|Özdemir|El Amrani|Postma|"
        "van Leeuwen|Wiersma|Daniëls|de Boer|van der Meer"
    ),
    towns=(
        ("Amsterdam", "1016 BS"),
        ("Utrecht", "3511 LX"),
        ("'s-Hertogenbosch", "5211 JN"),
        ("Den Haag", "2511 CV"),
        ("Eindhoven", "5611 ZT"),
        ("Groningen", "9712 NZ"),
        ("Rotterdam", "3011 AA"),
        ("Súdwest-Fryslân", "8601 AB"),
    ),
    streets=("Keizersgracht", "Stationsplein", "Burgemeester 't Hooftlaan", "Dorpsstraat", "Oranjesingel"),
    street_form="{street} {number}",
    jobs=(
        "Hoofd inkoop",
        "Directeur",
        "Marketing Manager",
        "IT-manager",
        "Financieel directeur",
        "Inkoper",
        "Projectleider",
        "Office manager",
        "DGA",
        "Operationeel manager",
    ),
    firms=(
        "{name} B.V.",
        "{name} & Zonen",
        "Koninklijke {name} Groep N.V.",
        "{name} Techniek",
        "Bureau {name}",
    ),
    mobile=Numbering(
        "31",
        "61#######",
        (1, 4, 4),
        (
            "0{0}-{1}{2}",
            "+31 {0} {1} {2}",
            "0{0} {1} {2}",
            "0031{0}{1}{2}",
            "+31{0}{1}{2}",
            "+31(0){0}-{1}{2}",
        ),
    ),
    landline=Numbering(
        "31",
        "2046#####",
        (2, 3, 4),
        ("0{0}-{1}{2}", "+31 {0} {1} {2}", "0{0} {1} {2}", "+31 (0){0} {1}{2}", "(0{0}) {1} {2}"),
    ),
)

_FLANDERS = Place(
    code="BE",
    top_level="be",
    currency="EUR",
    countries=("België", "BE", "Belgium", "Belgie", "BELGIË", "Belgique"),
    first_names=_words(
        "Bram|Griet|Joke|Wannes|Lotte|Joëlle|Benoît|Annelies|Stijn|Veerle|Maïté|Pieter|"
        "Luc|Hilde|Jens|Elke|Aurélie|Dries|Liesbeth|François|Noor|Seppe|Goedele|Matthias|"
        "Inge|Yasmina|Brecht|Ann-Sofie|Céline|Wouter"
    ),
    last_names=_words(
        "Peeters|Janssens|Maes|Van den Broeck|Claes|Wouters|De Smedt|Van Damme|Goossens|"
        "D'Hondt|Vandenberghe|De Cock|Mertens|'t Kindt|Van der Auwera|Lemaître|Verhaeghe|"
        "De Clercq|Noël|Baeyens|Hermans|D'hoore|Vermeulen|Van Overstraeten|Coppens|De Wachter"
    ),
    towns=(
        ("Gent", "9000"),
        ("Antwerpen", "2000"),
        ("Leuven", "3000"),
        ("Brugge", "8000"),
        ("Kortrijk", "8500"),
        ("Oudenaarde", "9700"),
        ("Liège", "4000"),
    ),
    streets=("Veldstraat", "Meir", "Grote Markt", "Sint-Jorisstraat", "Naamsestraat"),
    street_form="{street} {number}",
    jobs=(
        "Zaakvoerder",
        "Aankoopverantwoordelijke",
        "Bestuurder",
        "Marketingverantwoordelijke",
        "CFO",
        "Bediende",
        "Afgevaardigd bestuurder",
        "Projectmanager",
    ),
    firms=("{name} NV", "{name} BV", "Drukkerij {name}", "'t {name}hof BVBA", "{name} & Cie"),
    mobile=Numbering(
        "32",
        "4701#####",
        (3, 2, 2, 2),
        (
            "0{0} {1} {2} {3}",
            "+32 {0} {1} {2} {3}",
            "0{0}/{1}.{2}.{3}",
            "0032{0}{1}{2}{3}",
            "+32 (0){0}/{1}{2}{3}",
        ),
    ),
    landline=Numbering(
        "32",
        "926#####",
        (1, 3, 2, 2),
        ("0{0} {1} {2} {3}", "+32 {0} {1} {2} {3}", "0{0}/{1}.{2}.{3}", "+32 (0){0} {1} {2}{3}"),
    ),
)

_DENMARK = Place(
    code="DK",
    top_level="dk",
    currency="DKK",
    countries=("Danmark", "DK", "Denmark", "danmark", "DANMARK"),
    first_names=_words(
        "Søren|Mette|Jørgen|Åse|Bjørn|Kirsten|Lærke|Rasmus|Sørine|Anders|Jens-Åge|"
        "Pernille|Mads|Trine|Øyvind|Signe|Frederik|Astrid|Magnus|Freja|Bodil|Aksel|Maja|"
        "Niels|Ditte|Åge|Ida-Marie|Thøger|Bergljót|Malthe"
    ),
    last_names=_words(
        "Sørensen|Jørgensen|Hansen|Kjær|Østergaard|Åkjær|Nørgaard|Møller|Bæk|Lindgård|"
        "Pedersen|Skov|Højlund|Ravn|Bøgh|Søndergaard|Thygesen|Kærgaard|Ærø|Holm Nielsen|"
        "Friis|Dahl|Mørch|Aagaard|Ludvigsen|Brødsgaard"
    ),
    towns=(
        ("København K", "1123"),
        ("Aarhus C", "8000"),
        ("Århus N", "8200"),
        ("Ærøskøbing", "5970"),
        ("Aalborg", "9000"),
        ("Hørsholm", "2970"),
        ("Sønderborg", "6400"),
    ),
    streets=("Østergade", "Nørregade", "Havnevej", "Strædet", "Åboulevarden"),
    street_form="{street} {number}, 2. tv",
    jobs=(
        "Indkøbschef",
        "Direktør",
        "Økonomichef",
        "Marketingansvarlig",
        "IT-chef",
        "Salgssupporter",
        "Projektleder",
        "Ejer",
    ),
    firms=("{name} A/S", "{name} ApS", "Brdr. {name} I/S", "{name} & Søn", "Nordisk {name} A/S"),
    mobile=Numbering(
        "45",
        "2120####",
        (2, 2, 2, 2),
        ("{0} {1} {2} {3}", "+45 {0} {1} {2} {3}", "{0}{1}{2}{3}", "0045 {0}{1} {2}{3}", "+45{0}{1}{2}{3}"),
    ),
    landline=Numbering(
        "45",
        "8611####",
        (2, 2, 2, 2),
        ("{0} {1} {2} {3}", "+45 {0} {1} {2} {3}", "{0}{1} {2}{3}", "(+45) {0} {1} {2} {3}"),
    ),
)

_BRITAIN = Place(
    code="GB",
    top_level="co.uk",
    currency="GBP",
    countries=("United Kingdom", "UK", "GB", "Great Britain", "united kingdom"),
    first_names=_words(
        "Oliver|Siân|Amelia|Harry|Zoë|Niamh|Callum|Priya|George|Beyoncé-Mae|Rhys|Eleanor|"
        "Mohammed|Charlotte|Angus|Imogen|Seán|Freya|Alfie|Poppy|Lewis|Renée|Toby|Ffion|"
        "Duncan|Aisha"
    ),
    last_names=_words(
        "Smith|O'Brien|Llewellyn|Harper|Patel|Macdonald|Fitzgerald-Jones|Brontë|Whitaker|"
        "Kaur|Hughes|McAllister|Pemberton|Ó Súilleabháin|Clarke|Hargreaves|Begum|St John|"
        "Lowe|Ashworth|Okafor|Winterbourne"
    ),
    towns=(
        ("London", "EC1A 1BB"),
        ("Leeds", "LS1 4DY"),
        ("Edinburgh", "EH1 1YZ"),
        ("Bristol", "BS1 5TR"),
        ("King's Lynn", "PE30 1EG"),
        ("Stoke-on-Trent", "ST1 1LZ"),
    ),
    streets=("High Street", "Station Road", "Queen's Parade", "Church Lane", "Albert Terrace"),
    street_form="{number} {street}",
    jobs=(
        "Head of Procurement",
        "Managing Director",
        "Marketing Manager",
        "VP Operations",
        "Finance Director",
        "IT Manager",
        "Buyer",
        "Office Manager",
        "CEO & Founder",
    ),
    firms=("{name} Ltd", "{name} & Lowe LLP", "{name} Group plc", "{name} Brothers", "The {name} Company"),
    mobile=Numbering(
        "44",
        "7400######",
        (4, 6),
        ("0{0} {1}", "+44 {0} {1}", "0{0}{1}", "+44 (0){0} {1}", "0044{0}{1}"),
    ),
    landline=Numbering(
        "44",
        "2079460###",
        (2, 4, 4),
        ("0{0} {1} {2}", "+44 {0} {1} {2}", "(0{0}) {1} {2}", "+44 (0){0} {1} {2}"),
    ),
)

PLACES: tuple[Place, ...] = (_NETHERLANDS, _FLANDERS, _DENMARK, _BRITAIN)
WEIGHTS: tuple[int, ...] = (40, 20, 25, 15)
