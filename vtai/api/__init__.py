"""The REST interface. Mounted by the server under /api/v1; `vtai.api.compat` is another one, under /v1."""

from vtai.api.table import endpoints, mount, routes

__all__ = ["endpoints", "mount", "routes"]
