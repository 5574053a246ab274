"""The line of this environment, for servers that want an application by its name."""

from __future__ import annotations

from ivr.app import create_app

app = create_app()
