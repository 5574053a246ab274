"""Chaos: hundreds of calls at once while everything under them is killed, stopped, filled up and replaced."""
