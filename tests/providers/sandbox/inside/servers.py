"""A script: small servers that start one session and print what became of it."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any


def probe(walls: Any) -> object:
    from vtai.providers.sandbox.inside import confine

    return confine.probe_level(walls.level, walls)


def probe_without_libraries(walls: Any) -> object:
    from vtai.providers.sandbox.inside import confine

    return confine.probe_level(walls.level, confine.Walls(walls.level))


def refused(walls: Any) -> object:
    from vtai.providers.sandbox.inside import confine

    # A folder that is not there, and a file system with less than no room.
    limits = confine.Limits(workspace_bytes=-1)
    try:
        confine.launch(confine.Walls(walls.level, workspace="/not/there", limits=limits), lambda: None)
    except confine.ConfineError:
        try:
            os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return "refused childless"
    return "something is left"


def ends(walls: Any) -> object:
    from vtai.providers.sandbox.inside import confine

    def fails() -> None:
        confine.seal(walls)
        with contextlib.redirect_stderr(io.StringIO()):
            raise ValueError

    def waits() -> None:
        confine.seal(walls)
        time.sleep(1000)

    codes = []
    for body in (lambda: confine.seal(walls), fails, waits):
        pid = confine.launch(walls, body)
        if body is waits:
            os.kill(pid, signal.SIGKILL)
        codes.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    return " ".join(map(str, codes))


def waits(walls: Any) -> object:
    from vtai.providers.sandbox.inside import confine

    reader, writer = os.pipe()

    def body() -> None:
        confine.seal(walls)
        os.write(writer, b".")
        time.sleep(1000)

    pid = confine.launch(walls, body)
    os.read(reader, 1)
    print(pid, flush=True)
    time.sleep(1000)
    return None


def works(walls: Any) -> object:
    os.environ.update(OPENBLAS_NUM_THREADS="1", MPLBACKEND="Agg", MPLCONFIGDIR=tempfile.mkdtemp())
    import matplotlib.pyplot as plt
    import numpy as np
    import pandas as pd
    import PIL.Image
    import pypdf

    from vtai.providers.sandbox.inside import confine

    plt.plot([1, 2])
    plt.savefig(io.BytesIO(), format="png")
    reader, writer = os.pipe()

    def work() -> None:
        import importlib.metadata
        import shutil
        import threading

        tempfile.tempdir = walls.data
        confine.seal(walls)
        # As when a package is installed while the server runs: the folder of packages is read again.
        importlib.invalidate_caches()
        assert importlib.metadata.version("pandas") == pd.__version__
        frame = pd.DataFrame({"group": np.arange(1000) % 7, "value": np.linspace(0, 1, 1000)})
        frame.groupby("group").value.mean().plot()
        plt.savefig("plot.png")
        plt.savefig("plot.pdf")
        assert len(pypdf.PdfReader("plot.pdf").pages) == 1
        frame.to_excel("book.xlsx", index=False)
        assert len(pd.read_excel("book.xlsx")) == 1000
        picture = PIL.Image.open("plot.png").convert("RGB")
        picture.thumbnail((50, 50))
        picture.save("small.jpg")
        assert np.allclose(np.linalg.svd(np.eye(50))[1], 1)
        assert pd.Timestamp("2024-07-01", tz="Europe/Rome").utcoffset().seconds == 7200
        thread = threading.Thread(target=lambda: shutil.make_archive("archive", "zip", ".", "plot.png"))
        thread.start()
        thread.join()
        os.write(writer, json.dumps(sorted(path.name for path in Path.cwd().iterdir())).encode())

    pid = confine.launch(walls, work)
    os.close(writer)
    with os.fdopen(reader) as said:
        found = said.read()
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if status:
        sys.exit(f"the session ended with {status}")
    return found


def main(root: str, name: str, level: str) -> None:
    sys.path.insert(0, root)
    from vtai.providers.sandbox.inside import confine

    with tempfile.TemporaryDirectory() as folder:
        walls = confine.Walls(
            level,  # type: ignore[arg-type]
            workspace=folder if level == "B" else "",
            readable=confine.readable_paths(),
            hidden=confine.hidden_paths(f"{root}/vtai"),
        )
        print(globals()[name.replace(" ", "_")](walls))


if __name__ == "__main__":
    main(*sys.argv[1:])
