"""Every small slip that could be made in the shipped line, and what notices it: load, rules, scripted calls."""
