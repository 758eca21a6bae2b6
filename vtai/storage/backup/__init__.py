"""Backups while the server runs: one file with the database, notes, corrections and files of people."""
