"""Text of all sorts: plain text, web domains, email addresses, phone numbers.

Enters: raw values. Leaves: text in one canonical form, in which the two sides are compared; None for blank.
Never: I/O.
"""
# ruff: noqa: ARG002 - all converters have one signature, whether or not they need every argument

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from connector.mapping.convert import Context, Unmappable
from connector.model import Raw, Side, Value

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
PLAIN_EMAIL = re.compile(
    r"[a-z0-9_+\-]+(?:\.[a-z0-9_+\-]+)*@(?:[a-z0-9](?:[a-z0-9\-]*[a-z0-9])?\.)+[a-z]{2,24}"
)
URL_HEAD = re.compile(r"^(?:[a-z][a-z0-9+.\-]*:)?//|^www\.(?=.+\.)", re.IGNORECASE)
PLAIN_E164 = re.compile(r"\+(?:(?:3[1-4]|4[13-9])[1-9]|1[2-9])\d{5,11}", re.ASCII)
"""Numbers that parsing would give back unchanged: countries whose trunk prefix is 0 or none (North America:
1)."""
DASHES = "\\-\u2010-\u2015\u2212"
DIALABLE = re.compile(
    rf"(?:tel[.:]*\s*)?(?P<number>[(\[\s]*\+?[\d\s()\[\]./{DASHES}]{{5,}}?)"
    r"(?:\s*(?:;?ext\.?|x|#|tst\.?|lok\.?|poste?\.?)\s*=?\s*(?P<extension>\d{1,7}))?",
    re.IGNORECASE,
)
"""A number with nothing but punctuation, and perhaps an extension; "ask for Jan" is not dialed."""
LONGEST_PHONE = 60
"""Characters; a longer text is a remark with a number in it."""
TRUNK_ZERO = re.compile(r"\(\s*0\s*\)")
UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069]")
"""Characters of no width, which address books put around copied numbers."""


def clean(raw: Raw) -> str | None:
    """Trimmed, Unicode NFC, line ends as ``\\n``; None for blank. Raises Unmappable for NUL, lone
    surrogates and lists."""
    if raw is None:
        return None
    if not isinstance(raw, str):
        return _from_scalar(raw)
    text = raw if raw.isascii() else _normal(raw)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\x00" in text:
        raise Unmappable("invalid", "holds a NUL character")
    return text.strip() or None


def _normal(raw: str) -> str:
    if UNSTORABLE.search(raw):
        raise Unmappable("invalid", "holds a character that cannot be stored")
    return unicodedata.normalize("NFC", raw)


def _from_scalar(raw: Raw) -> str:
    if isinstance(raw, tuple):
        raise Unmappable("invalid", "is a list")
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, float) and raw.is_integer():
        return str(int(raw))
    return str(raw)


def as_text(value: Value) -> str | None:
    """A shared value that must be text. Raises Unmappable for anything else."""
    if value is None or isinstance(value, str):
        return value
    raise Unmappable("invalid", "is not text")


@dataclass(frozen=True, slots=True)
class Text:
    """Plain text. Compared trimmed and in Unicode NFC."""

    name: str = "text"
    lossy: bool = False

    def read(self, raw: Raw, side: Side, type: str, ctx: Context) -> Value:
        return clean(raw)

    def write(self, value: Value, side: Side, type: str, ctx: Context) -> Raw:
        return as_text(value)


@dataclass(frozen=True, slots=True)
class Email(Text):
    """An address, lower-cased: both CRMs ignore case. Whether the domain exists is not asked."""

    name: str = "email"

    def read(self, raw: Raw, side: Side, type: str, ctx: Context) -> Value:
        text = clean(raw)
        if text is None:
            return None
        lowered = text.lower()
        return lowered if PLAIN_EMAIL.fullmatch(lowered) else _checked_email(text)


@lru_cache(maxsize=4096)
def _checked_email(text: str) -> str:
    from email_validator import (  # most addresses are plain: loaded for the others
        EmailNotValidError,
        validate_email,
    )

    try:
        found = validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise Unmappable("invalid", "is not an email address") from None
    return unicodedata.normalize("NFC", found.normalized.lower())


@dataclass(frozen=True, slots=True)
class Domain(Text):
    """A company's web domain out of a domain or an address: ``https://www.Acme.example/nl`` reads
    ``acme.example``."""

    name: str = "domain"

    def read(self, raw: Raw, side: Side, type: str, ctx: Context) -> Value:
        text = clean(raw)
        return None if text is None else _bare_domain(text)


def _bare_domain(text: str) -> str | None:
    """Stripped until nothing changes, so that what was written reads as itself."""
    host, before = text, ""
    while host != before:
        host, before = _stripped(host), host
    return host or None


def _stripped(text: str) -> str:
    rest = URL_HEAD.sub("", unicodedata.normalize("NFC", text.lower()), count=1)
    host = re.split(r"[/?#\s]", rest, maxsplit=1)[0].rsplit("@", 1)[-1]
    return re.sub(r":\d*$", "", host).strip(".")


@dataclass(frozen=True, slots=True)
class Phone(Text):
    """A phone number as E.164 (``+31201234567``, an extension as `` x12``). National numbers are read in
    ``region``, else in the context's. What is not a valid number stays the text it is."""

    name: str = "phone"
    region: str | None = None

    def read(self, raw: Raw, side: Side, type: str, ctx: Context) -> Value:
        text = clean(raw)
        if text is None or PLAIN_E164.fullmatch(text):
            return text
        return dialable(text, self.region or ctx.region)


@lru_cache(maxsize=32768)
def dialable(text: str, region: str) -> str:
    """E.164 of a valid number, else the text itself."""
    plain = unicodedata.normalize("NFKC", UNSEEN.sub("", text)).strip()
    found = DIALABLE.fullmatch(plain) if len(plain) <= LONGEST_PHONE else None
    if found is None:
        return text
    number = _parsed(found["number"], region)
    if number is None:
        return text
    from phonenumbers import PhoneNumberFormat, format_number

    e164 = format_number(number, PhoneNumberFormat.E164)
    return f"{e164} x{found['extension']}" if found["extension"] else e164


def _parsed(text: str, region: str) -> "PhoneNumber | None":
    """A valid number. The zero of ``+45 (0)86 ...`` is left out only where it would make the number wrong:
    Danish numbers have none, and Italian ones keep it."""
    import phonenumbers  # loaded with the first number that is not plain

    for tried in dict.fromkeys((text, TRUNK_ZERO.sub("", text))):
        try:
            number = phonenumbers.parse(tried, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return number
    return None
