"""The OpenAI-compatible interface: programs that speak to OpenAI speak to VT.ai. Mounted under /v1.

It keeps nothing: what a program wants remembered, it sends again.
"""

from vtai.api.compat.routes import routes

__all__ = ["routes"]
