"""Hands-free conversation: who speaks when, and what is said aloud. Knows the ports of the core only."""
