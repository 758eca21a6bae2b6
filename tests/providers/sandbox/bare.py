"""The same attempts in a process without walls: proof that what is blocked would otherwise succeed.

What the code may touch there is its own: a folder, a process that sleeps, a marker of its own.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.providers.sandbox.cases.case import Case
from tests.providers.sandbox.cases.prelude import with_facts
from tests.providers.sandbox.plants import Ears, Grounds


def played(case: Case, folder: Path) -> str:
    """What the first step prints."""
    secret = (f"CANARY{secrets.token_hex(8)}", f"{secrets.token_hex(8)}END")
    grounds = Grounds(folder / "w", "".join(secret), os.getuid())
    grounds.marker.unlink()
    grounds.marker = folder / "marker.py"
    grounds.restore()
    ears = Ears(grounds.folder)
    own = folder / "own"
    own.mkdir()
    environment = {**grounds.environment(), "TMPDIR": str(own)}
    # Something of the host that was left open, and somebody whom signals do not hurt.
    held = os.open(grounds.secret_file, os.O_RDONLY)
    victim = subprocess.Popen(["sleep", "300"], env=environment)
    facts: Mapping[str, Any] = {
        "secret": secret,
        "bare": True,
        "nonce": "vt" + secrets.token_hex(6),
        "server_pid": victim.pid,
        "parent_pid": victim.pid,
        **grounds.facts(),
        **ears.facts(),
        "own": "own.bin",
        "library_size": len(grounds.MARKER),
    }
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-c", with_facts(case.steps[0], facts)],
            input="a line\n",
            capture_output=True,
            text=True,
            env=environment,
            cwd=own,
            pass_fds=(held,),
            start_new_session=True,
            timeout=120,
        )
    finally:
        os.close(held)
        victim.kill()
        victim.wait()
        ears.close()
        grounds.sweep(facts["nonce"])
        grounds.remove()
    return done.stdout + done.stderr
