"""The command `ivr`: what each word does, in one file a theme, read only when the word is used."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import click

from ivr import __version__
from ivr.errors import BrokerLineError
from ivr.log import set_up_logging

COMMANDS = {
    "serve": "serve",
    "call": "calls",
    "check": "calls",
    "publish": "releases",
    "releases": "releases",
    "rollback": "releases",
    "watch": "releases",
    "hours": "hours",
    "close": "hours",
    "reopen": "hours",
    "brokers": "brokers",
    "schema": "files",
}
"""Word to the file of this folder that holds it, in the order of the help."""


class Words(click.Group):
    """A group that reads a command's file only when it is asked for, so that each starts quickly."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every word, in our order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a word."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"ivr.cli.{COMMANDS[cmd_name]}"), cmd_name)
        return command


@click.group(cls=Words, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="ivr")
@click.option(
    "--project",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    envvar="IVR_PROJECT",
    help="The folder that holds flows/ and config/ (default: this one).",
)
@click.pass_context
def group(context: click.Context, project: Path) -> None:
    """The Broker Line: a telephone menu that proves its policy before it goes on the air."""
    context.obj = project
    # What the line logs of rehearsed calls is not for the terminal; `serve` turns it up.
    set_up_logging(production=False, level=logging.CRITICAL)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command. Errors of ours end with their sentence and exit code 1, never with a traceback."""
    try:
        group.main(arguments, prog_name="ivr", standalone_mode=False)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(wrong.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except BrokerLineError as trouble:
        click.echo(str(trouble), err=True)
        sys.exit(1)
    except BrokenPipeError:
        # Whoever read our output has had enough of it.
        sys.exit(0)
