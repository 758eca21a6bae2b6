"""Why a server is down, in plain words: a table from what the SDK and its libraries raise."""

from __future__ import annotations

import logging
import ssl
from typing import TYPE_CHECKING, Final

from vtai.providers.redaction import quote

if TYPE_CHECKING:
    import httpx

    from vtai.providers.mcp.declared import McpServer

logger = logging.getLogger(__name__)

SESSION_LOST: Final = "Session terminated"
"""What the SDK says where the server answered with 404."""


class Gone(Exception):
    """The connection is over; the message says why."""


def told(error: BaseException, server: McpServer, noticed: str) -> str:
    """One reason, without a full stop; what is not known here goes to the debug log.

    `noticed` is what was seen of the end before; what HTTP says of it is nearer to the cause.
    """
    import httpx
    from mcp.shared.exceptions import McpError

    leaves = _leaves(error)
    error = next((leaf for leaf in leaves if isinstance(leaf, httpx.HTTPError)), leaves[0])
    if noticed and not isinstance(error, httpx.HTTPError):
        return noticed
    match error:
        case Gone():
            return str(error)
        case TimeoutError() | httpx.TimeoutException():
            return "it did not answer in time"
        case httpx.HTTPError():
            return _of_http(error)
        case McpError() if error.error.message == SESSION_LOST:
            return "there is nothing at its address (HTTP 404)"
        case McpError():
            return f"it refused: {quote(error.error.message, *server.secrets)}"
        case OSError():
            return _of_system(error, server)
        case _:
            logger.debug("an MCP server failed in an unknown way", exc_info=error)
            return f"it does not keep to the protocol ({type(error).__name__})"


def _leaves(error: BaseException) -> list[BaseException]:
    """What is inside groups of errors."""
    if not isinstance(error, BaseExceptionGroup):
        return [error]
    return [leaf for each in error.exceptions for leaf in _leaves(each)]


def _of_system(error: OSError, server: McpServer) -> str:
    match error:
        case FileNotFoundError():
            return f"its command {server.command!r} was not found"
        case PermissionError():
            return f"its command {server.command!r} may not be run"
        case _:
            return f"its command cannot be run ({error.strerror})"


def _of_http(error: httpx.HTTPError) -> str:
    import httpx

    match error:
        case httpx.HTTPStatusError():
            return _by_status(error.response)
        case httpx.ConnectError():
            return _by_connection(error)
        case _:
            return "the connection broke off"


def _by_status(response: httpx.Response) -> str:
    status = response.status_code
    if status in {401, 403}:
        return f"it refused the headers (HTTP {status})"
    if response.is_redirect:
        return f"its address leads to another one (HTTP {status}), which is not followed"
    return f"it answered with HTTP {status}"


def _by_connection(error: Exception) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return "its certificate is not trusted"
        cause = cause.__cause__ or cause.__context__
    return "nobody answers at its address"
