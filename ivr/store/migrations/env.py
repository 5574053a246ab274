"""Read by alembic when it runs steps: over the connection and inside the transaction that `run` hands in."""

from __future__ import annotations

from alembic import context

from ivr.store.revision import noted

context.configure(connection=context.config.attributes["connection"], version_table=noted.name)
context.run_migrations()
