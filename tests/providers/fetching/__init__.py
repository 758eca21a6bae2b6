"""Fetching by address."""
