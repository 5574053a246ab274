"""The steps, in order. What they do is never changed afterwards."""
