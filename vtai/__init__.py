"""VT.ai: one page where each message finds its way to the right capability."""

__version__ = "0.1.0"
