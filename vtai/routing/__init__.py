"""Which handler answers a turn: facts first (`rules`), then likeness to our own examples (`semantic`)."""
