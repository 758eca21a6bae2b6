"""Loads Chainlit with our page in it. The only way in: Chainlit reads its folders when first imported."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from vtai.wiring import App


def load(app: App, root: Path) -> ASGIApp:
    """The page as an ASGI app. `root` is the run folder that `site.prepare` made. Blocking: takes seconds.

    Its lifespan must not be run: ending it would end the process.
    """
    # A shell's variables for another Chainlit app must not change this one.
    for name in [name for name in os.environ if name.startswith("CHAINLIT_")]:
        del os.environ[name]
    os.environ["CHAINLIT_APP_ROOT"] = str(root)
    # It tells of every file that it writes and of each error once more.
    logging.getLogger("chainlit").setLevel(logging.WARNING)
    from chainlit.server import app as chainlit_app

    chainlit_app.state.vtai = app
    from vtai.ui import hooks, resuming, threads
    from vtai.ui.visits import the_chats

    hooks.register()
    chats = the_chats()
    # What is said until then is still written down: the store is closed after the page.
    app.closers = (*app.closers, chats.aclose)
    app.forgetters.append(chats.forget)
    app.readers.append(resuming.catch_up)
    return threads.before(cast("ASGIApp", chainlit_app), chats, hooks.settings)
