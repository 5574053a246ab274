"""Kinds of step, one file each. A file in this folder is a kind by being here."""

from importlib import import_module
from pkgutil import iter_modules

from ivr.steps.step import KINDS, Step

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = ["KINDS", "Step"]
