"""Contents of files, and whose they are."""
