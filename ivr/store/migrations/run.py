"""Running the steps: which ones lie between two revisions, and taking them. The only importer of alembic's commands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from ivr.errors import SetupError
from ivr.store.revision import EVERY_TABLE, REVISION, revision_of

NOTHING = "0000"
"""Stands for a database whose tables bear no revision."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step between two neighbouring revisions: the later of the two, what it does, and which way it is taken."""

    revision: str
    says: str
    is_back: bool


def steps(found: str | None, to: str) -> Sequence[Step]:
    """What is to be done to come from one revision to another, in order. Raises SetupError: there is no such one."""
    known = {script.revision: script.doc for script in _scripts().walk_revisions()}
    if to not in known:
        raise SetupError(f"There is no revision {to}. There are: {', '.join(sorted(known))}.")
    here = found or NOTHING
    forward = [Step(name, known[name], False) for name in sorted(known) if here < name <= to]
    back = [Step(name, known[name], True) for name in sorted(known, reverse=True) if to < name <= here]
    return forward or back


def migrate(connection: Connection, to: str = REVISION) -> None:
    """Take the steps to a revision in the transaction at hand, which must be `revision.there_alone`.

    Tables from before revisions were noted are taken up as they are. Raises SetupError when they are not ours.
    """
    found = revision_of(connection)
    if found is None:
        _must_be_ours(connection)
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    if (found or NOTHING) <= to:
        command.upgrade(config, to)
    else:
        command.downgrade(config, to)


_FOLDER = Path(__file__).parent


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(_FOLDER))


def _must_be_ours(connection: Connection) -> None:
    inspector = inspect(connection)
    there = set(inspector.get_table_names())
    for table in EVERY_TABLE:
        if table.name in there:
            columns = {column["name"] for column in inspector.get_columns(table.name)}
            from_the_first = {column.name for column in table.primary_key.columns if column.server_default is None}
            if not from_the_first <= columns:
                raise SetupError(
                    f'The database holds a table "{table.name}" of another program. Give the line a database of its '
                    "own, or on PostgreSQL a schema: ?options=-csearch_path%3DSCHEMA after its name."
                )
