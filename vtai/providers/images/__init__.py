"""Models that make and change pictures, at whatever vendor."""
