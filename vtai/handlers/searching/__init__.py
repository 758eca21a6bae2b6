"""The parts of a web search: what is asked, what was found, what was read, what is answered."""
