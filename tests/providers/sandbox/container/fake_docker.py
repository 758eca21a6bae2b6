"""Stands for the command `docker`: runs the worker of the image as a plain process of this machine.

The container itself is not played: what it alone keeps in is not tested with this. Variables say how it
fails: DOCKER_FAKE is "no daemon", "no image", "bad runtime" or "other version". DOCKER_FAKE_LOG is a file
with what was asked, DOCKER_FAKE_DATA a folder that stands for /mnt/data in each container.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
from pathlib import Path

import vtai.providers.sandbox.inside.relay as worker


def main(arguments: list[str]) -> None:
    mode = os.environ.get("DOCKER_FAKE", "")
    log = Path(os.environ["DOCKER_FAKE_LOG"])
    with log.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(arguments) + "\n")
    match arguments[0], mode:
        case "version", "no daemon":
            fail(1, "Cannot connect to the Docker daemon at unix:///var/run/docker.sock.")
        case "image", "no image":
            fail(1, "Error: No such image: vtai-sandbox")
        case "run", "bad runtime":
            fail(125, "docker: Error response from daemon: unknown or invalid runtime name: runsc")
        case "run", _:
            run(arguments, mode)
        case "rm", _:
            remove(arguments[-1])


def run(arguments: list[str], mode: str) -> None:
    name = arguments[arguments.index("--name") + 1]
    containers = Path(os.environ["DOCKER_FAKE_DATA"])
    data = Path(tempfile.mkdtemp(dir=containers))
    config = {**json.loads(arguments[-1]), "data": str(data)}
    relay = Path(worker.__file__)
    if mode == "other version":
        copy = containers / "inside"
        copy.mkdir(exist_ok=True)
        for path in relay.parent.glob("*.py"):
            text = path.read_text("utf-8").replace("PROTOCOL = 1", "PROTOCOL = 0")
            (copy / path.name).write_text(text, "utf-8")
        relay = copy / relay.name
    (containers / name).write_text(str(os.getpid()))
    os.execve(
        sys.executable,
        [sys.executable, "-I", "-B", str(relay), json.dumps(config)],
        {"PATH": "/usr/bin:/bin"},
    )


def remove(name: str) -> None:
    place = Path(os.environ["DOCKER_FAKE_DATA"]) / name
    try:
        os.kill(int(place.read_text()), signal.SIGKILL)
    except OSError:
        fail(1, f"Error: No such container: {name}")


def fail(status: int, said: str) -> None:
    sys.stderr.write(said + "\n")
    raise SystemExit(status)


if __name__ == "__main__":
    main(sys.argv[1:])
