"""``smarketing alerts test``: does an alert arrive?"""

from datetime import UTC, datetime

import typer

from connector.alerts.tell import channels_of, send_test
from connector.commands.output import Output
from connector.commands.shared import CONFIG_FILE, ConfigFile, Debug, Json
from connector.errors import ConfigError
from connector.settings import load

app = typer.Typer(no_args_is_help=True, help="What people hear of without asking.")

FAILED = 1


@app.callback()
def _group() -> None:
    """What people hear of without asking."""


@app.command("test")
def try_out(config: ConfigFile = CONFIG_FILE, json: Json = False, debug: Debug = False) -> int:  # noqa: ARG001
    """Send a test message over every channel in the config, and say which of them took it."""
    output = Output(json)
    channels = channels_of(load(config).alerts)
    if not channels:
        fix = "Fill in [alerts.mail] or [alerts.webhook]; config.example.toml explains them."
        raise ConfigError("no alert channel is configured", fix=fix)
    failed = {one.channel: one.message for one in send_test(channels, datetime.now(UTC))}
    rows = [(channel.name, failed.get(channel.name, "sent")) for channel in channels]
    output.table(("channel", ""), rows)
    output.answer({"channels": [{"channel": c.name, "error": failed.get(c.name)} for c in channels]})
    return FAILED if failed else 0
