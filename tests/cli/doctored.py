"""What the tests of `vtai doctor` share."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from tests.cli.conftest import Outcome
from vtai import settings
from vtai.wiring.storing import Storing

PASSWORD = "a-secret-password"


def data_dir() -> Path:
    return Path(os.environ["VT_DATA_DIR"])


def kept() -> None:
    """What a server makes at its start."""

    async def work() -> None:
        storing = Storing(settings.load())
        await storing.ready()
        await storing.aclose()

    asyncio.run(work())


def without_secrets(outcome: Outcome) -> Outcome:
    assert PASSWORD not in outcome.out + outcome.err
    return outcome
