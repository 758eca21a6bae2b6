"""Ways to search the web, and what wraps them: pacing, trying again, remembering, choosing."""
