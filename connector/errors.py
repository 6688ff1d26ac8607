"""Errors, grouped by what the person or the program should do about them.

    SmarketingError
    ├── ConfigError   edit a file (exit code 2)
    ├── Refused       this record is not accepted; the others go on
    ├── Retry         nothing is wrong for good: later
    │   └── Unknown   a write was sent and its answer was lost: read before deciding
    └── Stop          a person must act (exit code 3)

Adapters turn vendor errors into these; nothing else in the product knows a vendor's error code.
Messages never hold values of people's records nor secrets: field names, ids and codes only.
"""


class SmarketingError(Exception):
    """Root of all errors that are ours to explain; everything else is a bug."""

    exit_code = 3
    word = "stopped"

    def __init__(self, message: str, *, fix: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix


def code_of(error: SmarketingError) -> str:
    """The stable code of an error, as docs/errors.md lists it."""
    return error.reason if isinstance(error, Stop) else error.word


class ConfigError(SmarketingError):
    """A file or an option must be edited. ``problems`` lists all of them, one line each."""

    exit_code = 2
    word = "config"

    def __init__(self, message: str, *, fix: str = "", problems: tuple[str, ...] = ()) -> None:
        super().__init__(message, fix=fix)
        self.problems = problems


class Refused(SmarketingError):  # noqa: N818 - named for what to do about it
    """The CRM refuses this record; repeating the same write would not help.

    ``code`` is the vendor's code (``STRING_TOO_LONG``, ``INVALID_OPTION``); ``fields`` are raw field names.
    """

    exit_code = 1
    word = "refused"

    def __init__(self, message: str, *, code: str, fields: tuple[str, ...] = (), fix: str = "") -> None:
        super().__init__(message, fix=fix)
        self.code = code
        self.fields = fields


class Retry(SmarketingError):  # noqa: N818 - as above
    """The CRM cannot answer now. ``after_s``: seconds it asked us to wait, if it said so."""

    exit_code = 1
    word = "retry"

    def __init__(self, message: str, *, after_s: float | None = None, fix: str = "") -> None:
        super().__init__(message, fix=fix)
        self.after_s = after_s


class Unknown(Retry):
    """A write was sent and the answer is lost or unreadable: it may or may not have happened."""

    word = "unanswered"


class Stop(SmarketingError):  # noqa: N818 - as above
    """Credentials, a used-up daily allowance, damaged state, a danger guard: a person must act."""

    def __init__(self, message: str, *, fix: str = "", reason: str = "stopped") -> None:
        super().__init__(message, fix=fix)
        self.reason = reason
