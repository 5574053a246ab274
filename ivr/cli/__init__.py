"""The command `ivr`: what each word does, in one file a theme, read only when the word is used."""

from __future__ import annotations

import gc
import logging
import os
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path

import click

from ivr import __version__
from ivr.errors import BrokerLineError, visible
from ivr.log import set_up_logging

# While a command's files are read there is no garbage to speak of, and looking for it takes a sixth of the time.
gc.set_threshold(50_000, 20, 20)

COMMANDS = {
    "serve": ("serve", "Answer calls over HTTP."),
    "call": ("calls", "Call the line from the terminal, by hand or with --keys."),
    "check": ("calls", "Check flows/ and config/, and play every scripted call."),
    "report": ("report", "A static site for auditors: policy, flow, quantities, hours and calls."),
    "publish": ("publish", "Check flows/ and config/, and put them on the air."),
    "releases": ("releases", "Every release, newest first, the live one marked."),
    "rollback": ("releases", "Put an earlier release back on the air."),
    "diff": ("diff", "Which callers hear or get something else in another version."),
    "hours": ("hours", "Is the line open at a moment, and why; every day of a year."),
    "close": ("hours", "Close the line now, until a moment; callers hear the reason."),
    "reopen": ("hours", "End a closure made with close."),
    "calls": ("past_calls", "The calls of late, those under way, and one of them told again."),
    "brokers": ("brokers", "The certification list: import a file, look one broker up."),
    "migrate": ("migrate", "Bring the database's tables to this version, or back to an earlier one."),
    "store": ("store", "Copy everything from one database to another; remove what is older than so many months."),
    "doctor": ("doctor", "Is everything well? One line a check, each with what to do."),
    "twilio": ("twilio", "Point a number at the line, look at it, bring back what it had."),
    "fallback": ("fallback", "What callers hear when the whole line is gone: a document for another host."),
    "schema": ("files", "Write JSON Schemas for editors, and the reference of kinds."),
    "watch": ("watch", ""),
}
"""Word to the file of this folder that holds it, and its line in the help; without one it is for our own use."""


class Words(click.Group):
    """A group that reads a command's file only when it is asked for, so that each starts quickly."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every word, in our order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a word."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"ivr.cli.{COMMANDS[cmd_name][0]}"), cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """A command by its word; a word that is none is answered with the one that was meant."""
        if args and args[0] not in COMMANDS:
            near = get_close_matches(args[0], COMMANDS, n=1)
            meant = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(self.shown())}."
            ctx.fail(f"There is no command {args[0]}. {meant}")
        return super().resolve_command(ctx, args)

    def shown(self) -> list[str]:
        """Every word for people."""
        return [word for word, (_, says) in COMMANDS.items() if says]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in the help, without reading a single command's file."""
        with formatter.section("Commands"):
            formatter.write_dl([(word, COMMANDS[word][1]) for word in self.shown()])


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
    if os.environ.get("NO_COLOR"):  # https://no-color.org, which click itself does not look at
        context.color = False
    # What the line logs of rehearsed calls is not for the terminal; `serve` turns it up.
    set_up_logging(production=False, level=logging.CRITICAL)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command. What someone can mend ends with a sentence and an exit code, never with a traceback.

    Exit codes: 1 when the command could not do what it was asked, 2 when it was asked wrongly, 130 when interrupted;
    those from 3 on say which failure of a neighbour it was (`ivr twilio --help`).
    """
    try:
        if code := group.main(arguments, prog_name="ivr", standalone_mode=False):
            sys.exit(code)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except click.exceptions.NoArgsIsHelpError as asked:
        asked.show()
        sys.exit(asked.exit_code)
    except click.ClickException as wrong:
        click.echo(visible(wrong.format_message()), err=True)
        if isinstance(wrong, click.UsageError) and wrong.ctx:
            click.echo(f"See: {wrong.ctx.command_path} --help", err=True)
        sys.exit(wrong.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except BrokerLineError as trouble:
        click.echo(visible(str(trouble)), err=True)
        sys.exit(trouble.exit_code)
    except OSError as trouble:
        click.echo(visible(f"{trouble.filename or 'The system'}: {trouble.strerror or trouble}."), err=True)
        sys.exit(1)
    finally:
        # Nobody needs the memory any more: looking through all of it once more would take a fifth of a second.
        gc.freeze()
