"""Bodies that are not JSON: multipart forms, as uploads of files are sent, and URL-encoded ones.

What enters: the content type and the bytes. What leaves: texts and files by field name, or an `ApiError` 400.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from urllib.parse import parse_qsl

from connector.sandbox.hubspot.errors import invalid


@dataclass(slots=True)
class Form:
    """`texts` by field name; `files` by file name."""

    texts: dict[str, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)


def multipart(content_type: str, raw: bytes) -> Form:
    """Raises ApiError 400 for a body that is no multipart form."""
    if not content_type.lower().startswith("multipart/form-data"):
        raise invalid("Content-Type must be multipart/form-data")
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1", "replace")
    message = BytesParser(policy=HTTP).parsebytes(head + raw)
    parts = message.get_payload()
    if not isinstance(parts, list):
        raise invalid("The multipart body could not be read")
    form = Form()
    for part in parts:
        if isinstance(part, Message):
            _take(form, part)
    return form


def _take(form: Form, part: Message) -> None:
    name = part.get_param("name", header="content-disposition")
    content = part.get_payload(decode=True)
    if not isinstance(name, str) or not isinstance(content, bytes):
        return
    file_name = part.get_filename()
    if file_name is None:
        form.texts[name] = content.decode("utf-8", "replace")
    else:
        form.files[file_name] = content


def urlencoded(raw: bytes) -> dict[str, str]:
    """The fields of a form body; of repeated ones the last counts."""
    return dict(parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True))
