"""Listening to microphones: tells speech from silence and noise, and cuts what was said."""
