"""Garbage for the webhooks and for the loaders, the same for the same seed; `make fuzz` sends it for hours."""
