"""The ``smarketing`` command: names its subcommands and turns errors into words and exit codes.

Exit codes: 0 done, 1 done but something waits (for the next run, for approval, for review), 2 wrong usage or
configuration, 3 stopped: a person must act. A user's mistake never gives a traceback.
"""

import errno
import os
import re
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from typing import Any, NoReturn, TypeGuard

import typer
from rich.markup import escape
from typer.core import TyperGroup
from typer.exceptions import TyperException

from connector import __version__
from connector.commands.output import Output
from connector.errors import ConfigError, SmarketingError, Stop
from connector.log import silence_libraries

WAITS = 1

MODULES = {
    "init": "init",
    "check": "check",
    "pipeline": "pipeline",
    "doctor": "doctor",
    "install": "install",
    "plan": "sync",
    "approve": "sync",
    "sync": "sync",
    "window": "window",
    "pause": "pause",
    "resume": "pause",
    "status": "status",
    "review": "review",
    "link": "link",
    "unlink": "link",
    "duplicates": "duplicates",
    "explain": "explain",
    "undo": "undo",
    "alerts": "alerts",
    "parity": "parity",
    "state": "state",
    "run": "run",
    "sandbox": "sandbox",
    "demo": "demo",
}
"""Every command, in the order of the help: the module of ``connector.commands`` that holds it."""


class Commands(TyperGroup):
    """The group of all commands; the one place where errors become exit codes."""

    def main(self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any) -> NoReturn:  # type: ignore[override]
        given = list(sys.argv[1:] if args is None else args)
        extra.pop("standalone_mode", None)
        output = Output(json="--json" in given)
        silence_libraries()
        try:
            code = self._guarded(output, given, prog_name or "smarketing", extra)
            sys.stdout.flush()
        except OSError as error:
            if not _is_lost_output(error):
                raise
            code = _silenced(error)
        sys.exit(code)

    def _guarded(self, output: Output, given: list[str], name: str, extra: dict[str, Any]) -> int:
        try:
            code = super().main(args=given, prog_name=name, standalone_mode=False, **extra)
        except SmarketingError as error:
            output.error(error)
            return error.exit_code
        except TyperException as error:
            if error.format_message():  # else it has just shown the help
                output.error(_usage(error, name))
            return ConfigError.exit_code
        except typer.Abort:
            return _interrupted(output)
        except Exception as error:  # a bug: everything foreseen is a SmarketingError
            if _is_lost_output(error):
                raise
            return _bug(output, error, debug="--debug" in given)
        return _interrupted(output) if code == 130 else int(code or 0)


UNWRITABLE = (errno.EPIPE, errno.ENOSPC, errno.EIO)


def _is_lost_output(error: Exception) -> TypeGuard[OSError]:
    """Whether stdout takes nothing more: its reader is gone, or its disk is full. Errors of the state's own
    files were translated long before."""
    return isinstance(error, OSError) and error.errno in UNWRITABLE and error.filename is None


def _silenced(error: OSError) -> int:
    """What cannot be written goes nowhere, so that Python does not complain of it at the end ("Note on
    SIGPIPE" in its documentation). A reader that has seen enough (``head``) needs no message."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if not isinstance(error, BrokenPipeError):
        with suppress(OSError):
            print(f"error: cannot write the output: {error.strerror}", file=sys.stderr)
    return WAITS


def _usage(error: TyperException, name: str) -> ConfigError:
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else name
    return ConfigError(error.format_message(), fix=f"See: {path} --help")


def _interrupted(output: Output) -> int:
    output.error(
        Stop("interrupted; nothing is lost", fix="Run the command again to go on.", reason="interrupted")
    )
    return WAITS


def _bug(output: Output, error: Exception, *, debug: bool) -> int:
    """One line for a person; the traceback only on request, since it may show people's values."""
    if debug:
        traceback.print_exception(error, file=sys.stderr)
    fix = "See the lines above." if debug else "Run again with --debug and report what it shows."
    output.error(Stop(f"an unexpected error ({type(error).__name__})", fix=fix, reason="bug"))
    return Stop.exit_code


class OnDemand(Commands):
    """Imports a command when it is asked for, so that nobody waits for what only the others need."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        return list(MODULES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """An unknown name imports them all, from which the nearest is then suggested."""
        for name in [cmd_name] if cmd_name in MODULES else MODULES:
            if name not in self.commands:
                self.commands[name] = _imported(name)
        return self.commands.get(cmd_name)


def _imported(name: str) -> Any:
    module = import_module(f"connector.commands.{MODULES[name]}")
    alone = typer.Typer()
    if hasattr(module, "app"):
        alone.add_typer(module.app, name=name)
    else:
        alone.command(name)(getattr(module, name))
    return _tidied(typer.main.get_group(alone).commands[name])


def _tidied(command: Any) -> Any:
    """Help is wrapped where it is shown, not where it is written, and its brackets are no markup."""
    for each in (command, *getattr(command, "commands", {}).values()):
        paragraphs = (" ".join(part.split()) for part in re.split(r"\n\s*\n", each.help or ""))
        each.help = escape("\n\n".join(paragraphs))
    return command


app = typer.Typer(
    name="smarketing",
    cls=OnDemand,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Keeps HubSpot and Salesforce aligned on one shared pipeline.",
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"smarketing {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Show the version."
    ),  # noqa: ARG001
) -> None:
    """Keeps HubSpot and Salesforce aligned on one shared pipeline."""


def main() -> NoReturn:
    """The console script."""
    app()
    raise SystemExit(0)
