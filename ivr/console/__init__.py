"""Pages for operations staff; so far the browser telephone."""

from ivr.console.phone import phone_routes

__all__ = ["phone_routes"]
