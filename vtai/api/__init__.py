"""The JSON interface: where messages go, and what was corrected. Mounted by the server under /api/v1."""

from vtai.api.routes import routes

__all__ = ["routes"]
