"""Backups: taken while the store is in use, and brought back."""
