"""Making and changing pictures."""
