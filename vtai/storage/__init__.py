"""What is kept: conversations, people, keys, what was spent, files. On SQLite or PostgreSQL."""
