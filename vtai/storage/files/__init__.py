"""Files of people: their contents under random keys, and what is known of them in the database."""
