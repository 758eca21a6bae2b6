"""The page's own files, as shipped in `vtai/ui/site/`, and the run folder they are copied to.

Chainlit writes beside its configuration, so it never runs in the shipped folder nor where the program was
started. Knows nothing of Chainlit's code.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

SHIPPED = Path(__file__).with_name("site")
UPLOADS = ".files"
_PREFIX = "page-"
_LOCK = ".lock"


def prepare(data_dir: Path) -> Path:
    """A folder of this process alone, with a copy of the shipped files, under `data_dir`/run.

    What processes that ended without cleaning up left behind, uploads above all, is removed. Blocking.
    """
    runs = data_dir / "run"
    runs.mkdir(parents=True, exist_ok=True)
    for old in runs.glob(_PREFIX + "*"):
        if _is_abandoned(old):
            shutil.rmtree(old, ignore_errors=True)
    root = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=runs))
    _hold(root / _LOCK)
    shutil.copytree(SHIPPED, root, dirs_exist_ok=True)
    # The copy brought the shipped folder's mode along; what people upload is for this account alone.
    root.chmod(0o700)
    # Chainlit asks for the page's language first, and complains each time where it is missing.
    shutil.copyfile(root / "chainlit.md", root / "chainlit_en-US.md")
    (root / UPLOADS).mkdir(exist_ok=True)
    return root


def remove(root: Path) -> None:
    """Takes the run folder away, uploads included. Blocking."""
    shutil.rmtree(root, ignore_errors=True)


def _hold(path: Path) -> None:
    """Locks the file for as long as the process lives; the descriptor is left open on purpose."""
    with contextlib.suppress(ImportError):
        import fcntl

        fcntl.flock(os.open(path, os.O_CREAT | os.O_RDWR, 0o600), fcntl.LOCK_EX)


def _is_abandoned(root: Path) -> bool:
    """Whether no living process holds the folder. Where files cannot be locked: never."""
    try:
        import fcntl

        descriptor = os.open(root / _LOCK, os.O_RDWR)
    except (ImportError, OSError):
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True
