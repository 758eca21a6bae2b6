"""The small models that answer without a key: a language model, a voice and ears, all on this machine."""
