"""The addresses of the interface, without the one that it is mounted at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from vtai.api.compat.chat import Completions
from vtai.api.compat.embeddings import Embeddings
from vtai.api.compat.failures import guarded
from vtai.api.compat.images import Images
from vtai.api.compat.models import Models
from vtai.api.compat.speech import Speech
from vtai.api.compat.transcriptions import Transcriptions
from vtai.core.errors import UnknownName

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from vtai.core.people import Caller
    from vtai.wiring import App


def routes(app: App) -> list[Route]:
    """What OpenAI's clients ask for. Whatever else they ask for is told to be missing, in their form."""
    models = Models(app)
    return [
        Route("/models", guarded(models.listed, "read"), methods=["GET"]),
        Route("/models/{id:path}", guarded(models.one, "read"), methods=["GET"]),
        Route("/chat/completions", guarded(Completions(app), "chat"), methods=["POST"]),
        Route("/embeddings", guarded(Embeddings(app), "chat"), methods=["POST"]),
        Route("/audio/speech", guarded(Speech(app), "chat"), methods=["POST"]),
        Route("/audio/transcriptions", guarded(Transcriptions(app), "chat"), methods=["POST"]),
        Route("/images/generations", guarded(Images(app), "chat"), methods=["POST"]),
        Route("/{rest:path}", guarded(_nowhere, "read"), methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
    ]


async def _nowhere(request: Request, _: Caller) -> Response:
    address = f"{request.method} /v1/{request.path_params['rest']}"[:120]
    raise UnknownName(f"{address} is not served here.", "The guide to the OpenAI API lists what is.")
