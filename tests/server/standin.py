"""A server of fakes as a process of its own: python -m tests.server.standin DATA_FOLDER PORT [pieces]."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from tests.server.parts import EchoHandler, make_app
from vtai.server.run import serve


async def _pause() -> None:
    await asyncio.sleep(0.02)


def main() -> None:
    folder, port = Path(sys.argv[1]), int(sys.argv[2])
    key = os.environ.get("VT_ACCESS_KEY")
    app = make_app(folder, EchoHandler(_pause, pieces=50), access_key=key)
    serve(app, "127.0.0.1", port)


if __name__ == "__main__":
    main()
