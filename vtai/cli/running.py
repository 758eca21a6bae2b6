"""Loading the settings and running one piece of asynchronous work to its end, however it ends."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncGenerator, Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from vtai.cli.parts import Parts
    from vtai.settings import Loaded
    from vtai.wiring import App

Result = TypeVar("Result")


def load(overrides: Mapping[str, Any] | None = None) -> Loaded:
    """The effective settings, with logging turned to the file that commands log to."""
    from vtai.cli import logs
    from vtai.settings import load as load_settings

    loaded = load_settings(overrides)
    logs.to_file(loaded.settings.log_level)
    return loaded


Started = contextlib.AbstractAsyncContextManager["App"]


@contextlib.asynccontextmanager
async def started(parts: Parts, loaded: Loaded, needed: Sequence[str] = ()) -> AsyncGenerator[App, None]:
    """The application with its warm-ups running; closed whatever happens.

    Of `needed` parts the warm-ups alone run, and are waited for. Raises what a part failed with.
    """
    app = parts.build(loaded)
    try:
        if needed:
            app.warm_ups = {part: app.warm_ups[part] for part in needed}
        await app.start()
        for part in needed:
            await app.readiness.wait(part)
        yield app
    finally:
        await app.close()


def finish(work: Coroutine[Any, Any, Result]) -> Result:
    """The result of the work. Ctrl-C and a request to terminate cancel it, so that it can clean up.

    Raises KeyboardInterrupt when it was stopped.
    """
    return asyncio.run(_until_told_to_stop(work))


async def _until_told_to_stop(work: Coroutine[Any, Any, Result]) -> Result:
    task = asyncio.ensure_future(work)
    told_to_stop = False

    def stop() -> None:
        nonlocal told_to_stop
        told_to_stop = True
        task.cancel()

    loop = asyncio.get_running_loop()
    # Only a main thread on POSIX has these; elsewhere asyncio.run deals with Ctrl-C alone.
    with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop)
    try:
        return await task
    except asyncio.CancelledError:
        if told_to_stop:
            raise KeyboardInterrupt from None
        raise
