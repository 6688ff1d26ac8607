"""A command that is typed answers soon: it loads what it needs, and not what only other commands need."""

import subprocess
import sys

import pytest

SIMULATED = ("connector.sandbox", "uvicorn", "starlette", "lark")
"""The simulated CRMs, and what only they are made of."""
WORK = ("connector.run", "connector.crm", "connector.state", "connector.mapping", "sqlalchemy")
RARE = ("prompt_toolkit", "cryptography.x509", "phonenumbers", "email_validator")
"""What libraries bring along, or few installations and values need."""
OTHERS = ("connector.doctor", "connector.demo", "connector.install", "jobs", "keyring")


def loaded(words: str) -> set[str]:
    """The modules that are there after a command, in a process of its own."""
    code = (
        "import sys\n"
        "from connector.cli import app\n"
        "try:\n"
        f"    app({words.split()!r})\n"
        "except SystemExit as end:\n"
        "    assert end.code == 0, end.code\n"
        "print('\\n' + ' '.join(sys.modules))\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(ran.stdout.splitlines()[-1].split())


@pytest.mark.parametrize(
    ("words", "spared"),
    [
        ("--version", (*SIMULATED, *WORK, *OTHERS)),
        ("--help", SIMULATED),
        ("sync --help", (*SIMULATED, *OTHERS, *RARE)),
        ("sandbox --help", (*SIMULATED, *WORK)),
    ],
)
def test_a_command_loads_nothing_that_only_others_need(words: str, spared: tuple[str, ...]) -> None:
    assert loaded(words) & set(spared) == set()
