"""Tests of how a turn finds its route."""
