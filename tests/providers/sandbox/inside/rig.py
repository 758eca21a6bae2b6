"""A script: runs attempts behind walls, each in a process of its own, and prints what came of them as JSON.

`behind` starts it, as the user who runs the tests or as nobody, with an interpreter that this user can run.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = str(Path(__file__).resolve().parents[4])
NOBODY = 65534


def behind(order: dict[str, Any], as_nobody: bool = False) -> Any:
    """What `main` prints for this order."""
    python = interpreter(as_nobody)
    done = subprocess.run(
        [python, "-I", "-B", "-W", "ignore", __file__, ROOT, json.dumps(order)],
        user=NOBODY if as_nobody else None,
        group=NOBODY if as_nobody else None,
        extra_groups=[] if as_nobody else None,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@functools.cache
def interpreter(as_nobody: bool) -> str:
    """One that the user can run on this script; "" where there is none, as with a checkout in /root."""
    if not as_nobody:
        return sys.executable
    code = "import sys; open(sys.argv[1]).close(); sys.exit(sys.version_info < (3, 11))"
    for python in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        command = [python, "-I", "-c", code, __file__]
        with contextlib.suppress(OSError):
            if (
                subprocess.run(command, user=NOBODY, check=False, capture_output=True, cwd="/").returncode
                == 0
            ):
                return python
    return ""


def _landlock_only(walls: Any, newest: int) -> None:
    from vtai.providers.sandbox.inside import identity, kernel, landlock

    identity.give_up_capabilities()
    kernel.refuse_new_privileges()
    landlock.restrict(walls, newest)


def main(order: dict[str, Any]) -> dict[str, Any]:
    """`level`, `scene`, `attempts`; perhaps `limits`, and `landlock`: Landlock alone, up to this version."""
    from tests.providers.sandbox.inside import deeds
    from vtai.providers.sandbox.inside import confine

    scene = deeds.Scene(outsider=os.getpid(), **order["scene"])
    walls = confine.Walls(
        order["level"],
        readable=(*confine.readable_paths(), str(Path(scene.library).parent)),
        hidden=(*confine.hidden_paths(ROOT + "/vtai"), scene.hidden),
        limits=confine.Limits(**order.get("limits", {})),
    )
    outcomes = {}
    for name in order["attempts"]:
        with tempfile.TemporaryDirectory() as folder:
            own = dataclasses.replace(walls, workspace=folder if walls.level == "B" else "")
            outcomes[name] = _tried(name, own, scene, order.get("landlock"))
    return outcomes


def _tried(name: str, walls: Any, scene: Any, newest: int | None) -> str:
    from tests.providers.sandbox.inside import attempts
    from vtai.providers.sandbox.inside import confine

    reader, writer = os.pipe()

    def body() -> None:
        os.close(reader)
        if newest is None:
            confine.seal(walls)
        else:
            _landlock_only(walls, newest)
        os.write(writer, attempts.outcome(name, scene).encode())

    pid = confine.launch(walls, body)
    os.close(writer)
    with os.fdopen(reader) as said:
        text = said.read()
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return text if status == 0 else f"ended {status}"


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    print(json.dumps(main(json.loads(sys.argv[2]))))
