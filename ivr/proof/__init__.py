"""The proof: every call a flow can make, explored with the engine's own code, and what must hold on all of them."""
