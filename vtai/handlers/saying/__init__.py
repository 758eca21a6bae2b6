"""What is to be said aloud: the text that a person means, its words without Markdown, cut for a voice."""
