"""The ``smarketing`` command: names its subcommands and turns errors into words and exit codes.

Exit codes: 0 done, 1 done but something waits (for the next run, for approval, for review), 2 wrong usage or
configuration, 3 stopped: a person must act. A user's mistake never gives a traceback.
"""

import sys
import traceback
from collections.abc import Sequence
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from connector import __version__
from connector.commands import check, demo, doctor, explain, init, install, review, run, sandbox, status, sync
from connector.commands.output import Output
from connector.errors import ConfigError, SmarketingError, Stop
from connector.log import silence_libraries

WAITS = 1


class Commands(TyperGroup):
    """The group of all commands; the one place where errors become exit codes."""

    def main(self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any) -> NoReturn:  # type: ignore[override]
        given = list(sys.argv[1:] if args is None else args)
        extra.pop("standalone_mode", None)
        output = Output(json="--json" in given)
        silence_libraries()
        sys.exit(self._guarded(output, given, prog_name or "smarketing", extra))

    def _guarded(self, output: Output, given: list[str], name: str, extra: dict[str, Any]) -> int:
        try:
            code = super().main(args=given, prog_name=name, standalone_mode=False, **extra)
        except SmarketingError as error:
            output.error(error)
            return error.exit_code
        except TyperException as error:
            output.error(_usage(error, name))
            return ConfigError.exit_code
        except typer.Abort:
            return _interrupted(output)
        except BrokenPipeError:
            return WAITS
        except Exception as error:  # a bug: everything foreseen is a SmarketingError
            return _bug(output, error, debug="--debug" in given)
        return _interrupted(output) if code == 130 else int(code or 0)


def _usage(error: TyperException, name: str) -> ConfigError:
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else name
    return ConfigError(error.format_message(), fix=f"See: {path} --help")


def _interrupted(output: Output) -> int:
    output.error(Stop("interrupted; nothing is lost", fix="Run the command again to go on."))
    return WAITS


def _bug(output: Output, error: Exception, *, debug: bool) -> int:
    """One line for a person; the traceback only on request, since it may show people's values."""
    if debug:
        traceback.print_exception(error, file=sys.stderr)
    fix = "See the lines above." if debug else "Run again with --debug and report what it shows."
    output.error(Stop(f"an unexpected error ({type(error).__name__})", fix=fix))
    return Stop.exit_code


app = typer.Typer(
    name="smarketing",
    cls=Commands,
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


app.command("init")(init.init)
app.command("check")(check.check)
app.command("doctor")(doctor.doctor)
app.command("install")(install.install)
app.command("plan")(sync.plan)
app.command("approve")(sync.approve)
app.command("sync")(sync.sync)
app.command("status")(status.status)
app.add_typer(review.app, name="review")
app.command("explain")(explain.explain)
app.command("run")(run.run)
app.command("sandbox")(sandbox.sandbox)
app.command("demo")(demo.demo)


def main() -> NoReturn:
    """The console script."""
    app()
    raise SystemExit(0)
