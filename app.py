"""Chainlit opens this file; the page is in vtai.ui."""

from vtai.ui import hooks

__all__ = ["hooks"]
