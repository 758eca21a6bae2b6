"""Parts of the measurement of the store of conversations."""
