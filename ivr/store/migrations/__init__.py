"""How a database of an earlier version becomes one of this version, and back; one file a step in `versions/`.

A new step: a file in `versions/` with the next number, `REVISION` in `ivr/store/revision.py`, and the tables as they
then are in `tables.py`. Steps only add, where they can: a program of the version before may still be answering calls.
"""
