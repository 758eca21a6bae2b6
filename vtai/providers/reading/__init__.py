"""Reads what people send: the words of files, the words in pictures, and what can be told about them."""
