"""Broker Line: a telephone menu that proves its policy before it goes on the air."""

__version__ = "0.1.0"
