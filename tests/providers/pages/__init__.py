"""Tests of the reader of pages."""
