"""The HTTP edge: what listens, answers first, lets in and keeps out. Knows nothing of what is said."""
