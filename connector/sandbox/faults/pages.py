"""What a gateway in front of a CRM answers: a page for people, or nothing at all. Our own words and look."""

WORDS = {
    406: "Not acceptable",
    420: "Try again later",
    502: "Bad gateway",
    503: "Service unavailable",
    504: "Gateway timeout",
    521: "The server is down",
    523: "The server cannot be reached",
    524: "The server took too long",
}


def page(status: int, reference: str) -> str:
    """An HTML page where a client hoped for JSON."""
    words = WORDS[status]
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head><title>{status}: {words}</title></head>\n<body>\n'
        f"<h1>{words}</h1>\n<p>Error {status}. Nothing came back from the server behind this gateway.</p>\n"
        f"<p>Reference: {reference}</p>\n</body>\n</html>\n"
    )
