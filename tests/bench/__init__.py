"""How fast: each measures one thing against what it must keep to; `make bench` runs them."""
