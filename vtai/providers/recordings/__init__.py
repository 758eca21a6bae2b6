"""Sound files: opened in a child process, cut at silences, and written down."""
