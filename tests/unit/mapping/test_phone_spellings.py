"""One telephone, many spellings: what people type in either CRM is read as the same number."""

import pytest

from connector.mapping.converters.text import dialable

SPELLINGS = {
    ("NL", "+31201234567"): [
        "020-1234567",
        "020 123 45 67",
        "(020) 123 45 67",
        "020.123.45.67",
        "020/1234567",
        "+31 20 123 4567",
        "+31 (20) 123 4567",
        "+31 (0)20 123 4567",
        "+31(0)201234567",
        "+31-(0)-20-1234567",
        "(+31) 20 1234567",
        "(+31) (0)20-1234567",
        "[+31] 20 1234567",
        "( + 31 ) 20 1234567",
        "0031 20 1234567",
        "00 31 20 1234567",
        "(0031) 20 1234567",
        "(0031)(0)201234567",
        "tel:+31201234567",
        "Tel. 020 1234567",
    ],
    ("NL", "+31612345678"): ["06-12345678", "06 12 34 56 78", "+31 6 12345678", "+31 (0)6 12345678"],
    ("BE", "+3225123456"): [
        "02/512.34.56",
        "02 512 34 56",
        "(02) 512 34 56",
        "+32 2 512 34 56",
        "+32 (0)2 512 34 56",
        "+32 (0) 2/512.34.56",
        "(+32) 2 512 34 56",
        "(+32)(0)2 512 34 56",
        "0032 2 512 34 56",
    ],
    ("BE", "+32470000001"): ["0470/00.00.01", "0470 00 00 01", "(+32)470 00 00 01", "+32 (0)470/00 00 01"],
    ("DK", "+4586116697"): [
        "86116697",
        "86 11 66 97",
        "86-11-66-97",
        "8611 6697",
        "+45 86 11 66 97",
        "(+45) 86 11 66 97",
        "(+45)86116697",
        "+45 (86) 11 66 97",
        "+45 (0)86 11 66 97",
        "+45.86.11.66.97",
        "0045 86 11 66 97",
        "(0045) 86 11 66 97",
    ],
    ("GB", "+442079460018"): [
        "020 7946 0018",
        "(020) 7946 0018",
        "020-7946-0018",
        "+44 20 7946 0018",
        "+44 (0)20 7946 0018",
        "+44(0)2079460018",
        "(+44) 20 7946 0018",
        "(+44)(0)20 7946 0018",
        "0044 (0) 20 7946 0018",
        "+44 020 7946 0018",
    ],
}
ALL = [(text, *key) for key, texts in SPELLINGS.items() for text in texts]


@pytest.mark.parametrize(("text", "region", "e164"), ALL)
def test_national_spellings_are_the_same_number(text: str, region: str, e164: str) -> None:
    assert dialable(text, region) == e164


@pytest.mark.parametrize("region", ["NL", "BE", "DK", "GB"])
def test_with_its_country_code_a_number_is_the_same_wherever_it_is_read(region: str) -> None:
    texts = (text for text, _, _ in ALL if "+" in text or "00 " in text[:6] or "003" in text or "004" in text)
    for text in texts:
        assert dialable(text, region).startswith("+"), text


@pytest.mark.parametrize(
    "text",
    [
        "020\u2013123\u201345\u201367",
        "020\u202f123\u202f4567",
        "020\u00a0123\u00a04567",
        "\u202a+31 20 1234567\u202c",
        "\uff0b31 20 1234567",
    ],
)
def test_dashes_and_spaces_of_word_processors_and_address_books_do_not_matter(text: str) -> None:
    assert dialable(text, "NL") == "+31201234567"


@pytest.mark.parametrize(
    "text",
    ["020-1234567 x12", "020-1234567 ext. 12", "(+31) 20 1234567 tst. 12", "+31 20 1234567;ext=12"],
)
def test_an_extension_goes_along(text: str) -> None:
    assert dialable(text, "NL") == "+31201234567 x12"


@pytest.mark.parametrize(
    "text",
    [
        "020-1234567, ask for Jan",
        "extension 12",
        "020 1234567 (work)",
        "020 1234567 / 06 12345678",
        "12345",
        "call Jan",
        "(+45) 86 11",
        "+31 6 GEBELD",
        "(" * 5000 + "x",
    ],
)
def test_what_is_no_number_stays_the_text_it_is(text: str) -> None:
    assert dialable(text, "NL") == text


def test_italian_numbers_keep_the_zero_that_others_leave_out() -> None:
    assert dialable("+39 (0)6 6982 1234", "NL") == dialable("+39 06 6982 1234", "NL") == "+390669821234"
