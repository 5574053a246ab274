"""Flows and config: what they may say, how they are read, what is wrong with them, and the release they make."""
