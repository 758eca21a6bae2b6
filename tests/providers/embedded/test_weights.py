"""Which model files are there, and how they come out of packages."""

from __future__ import annotations

import errno
import hashlib
import os
import threading
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from vtai.core.errors import NotConfigured, NotReady, UnknownName, Unreachable, VTError
from vtai.providers.embedded import fetching, weights
from vtai.providers.embedded.fetching import fetch
from vtai.providers.embedded.weights import Manifest, Weights

CONTENT = b"GGUF" + bytes(range(256)) * 64
CODE = "raise SystemExit('the code of the package must never run')\n"


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Manifest:
    """A manifest of one small model, whose wheel lies in a folder that is pip's only source."""
    source = tmp_path / "wheels"
    source.mkdir()
    wheel = source / "tiny_model-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tiny_model/__init__.py", CODE)
        archive.writestr("tiny_model/tiny.gguf", CONTENT)
        archive.writestr(
            "tiny_model-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\n"
        )
        archive.writestr(
            "tiny_model-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr("tiny_model-1.0.dist-info/RECORD", "")
    only_source(monkeypatch, source)
    entry = Weights(
        name="tiny",
        label="Tiny",
        package="tiny-model",
        version="1.0",
        wheel_sha256=hashlib.sha256(wheel.read_bytes()).hexdigest(),
        wheel_bytes=wheel.stat().st_size,
        member="tiny_model/tiny.gguf",
        file="tiny.gguf",
        sha256=hashlib.sha256(CONTENT).hexdigest(),
        size_bytes=len(CONTENT),
        licence="MIT",
        upstream="https://example.org/tiny",
    )
    return {"tiny": entry}


def only_source(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))


def changed(manifest: Manifest, **more: object) -> Manifest:
    return {"tiny": replace(manifest["tiny"], **more)}  # type: ignore[arg-type]


def left_in(data_dir: Path) -> list[str]:
    return sorted(path.name for path in (data_dir / "models").iterdir())


def test_the_shipped_manifest_pins_every_file_by_hash_and_says_its_licence() -> None:
    for entry in weights.shipped().values():
        assert len(entry.sha256) == len(entry.wheel_sha256) == 64
        assert entry.size_bytes > 0
        assert entry.licence
        assert entry.upstream.startswith("https://")


def test_a_missing_model_is_not_configured_and_the_hint_is_the_command(tmp_path: Path) -> None:
    with pytest.raises(NotConfigured) as caught:
        weights.require(tmp_path, "smollm2")
    assert "vtai models fetch" in caught.value.hint
    assert str(tmp_path) not in caught.value.message + caught.value.hint


def test_an_unknown_model_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="nobody") as caught:
        weights.require(tmp_path, "nobody")
    assert "smollm2" in caught.value.hint


@pytest.mark.slow
def test_fetching_keeps_the_weight_file_alone_and_runs_no_code(tiny: Manifest, tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    [path] = fetch(tmp_path, ["tiny"], lambda *step: seen.append(step), tiny)
    assert path.read_bytes() == CONTENT
    assert left_in(tmp_path) == ["tiny.gguf", "tiny.gguf.checked"]
    assert weights.require(tmp_path, "tiny", tiny) == path
    assert seen[-1] == ("tiny", tiny["tiny"].wheel_bytes, tiny["tiny"].wheel_bytes)


@pytest.mark.slow
def test_fetching_again_needs_no_source_and_reads_nothing(
    tiny: Manifest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [path] = fetch(tmp_path, manifest=tiny)
    only_source(monkeypatch, tmp_path / "nowhere")
    checked = path.stat()
    path.write_bytes(b"X" + CONTENT[1:])  # reading it would tell
    os.utime(path, ns=(checked.st_atime_ns, checked.st_mtime_ns))
    assert fetch(tmp_path, manifest=tiny) == (path,)


@pytest.mark.slow
def test_two_fetches_at_once_both_end_with_the_right_file(tiny: Manifest, tmp_path: Path) -> None:
    failures: list[VTError] = []

    def run() -> None:
        try:
            fetch(tmp_path, manifest=tiny)
        except VTError as error:
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert left_in(tmp_path) == ["tiny.gguf", "tiny.gguf.checked"]
    assert weights.state(tmp_path, tiny["tiny"]) == "present"


@pytest.mark.slow
@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"wheel_sha256": "0" * 64}, id="another wheel"),
        pytest.param({"sha256": "0" * 64}, id="another file in the wheel"),
        pytest.param({"member": "tiny_model/other.gguf"}, id="no such file in the wheel"),
    ],
)
def test_wrong_content_is_thrown_away(tiny: Manifest, tmp_path: Path, change: dict[str, str]) -> None:
    with pytest.raises(NotReady, match="not the file that"):
        fetch(tmp_path, manifest=changed(tiny, **change))
    assert left_in(tmp_path) == []


@pytest.mark.slow
def test_without_a_source_the_network_is_blamed(
    tiny: Manifest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_source(monkeypatch, tmp_path / "nowhere")
    with pytest.raises(Unreachable, match="could not be downloaded") as caught:
        fetch(tmp_path, manifest=tiny)
    assert "vtai models fetch" in caught.value.hint


def test_a_disk_that_is_too_small_is_noticed_before_downloading(tiny: Manifest, tmp_path: Path) -> None:
    with pytest.raises(NotReady, match="not enough room"):
        fetch(tmp_path, manifest=changed(tiny, wheel_bytes=1 << 60))


@pytest.mark.slow
def test_a_disk_that_fills_up_meanwhile_is_named(
    tiny: Manifest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(fetching.os, "fsync", full)
    with pytest.raises(NotReady, match="not enough room"):
        fetch(tmp_path, manifest=tiny)
    assert left_in(tmp_path) == []


def test_a_data_folder_that_cannot_be_made_is_named(tiny: Manifest, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(NotReady, match="cannot be written"):
        fetch(tmp_path / "file", manifest=tiny)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(CONTENT, "present", id="right"),
        pytest.param(CONTENT[:-1], "wrong", id="cut"),
        pytest.param(b"X" + CONTENT[1:], "wrong", id="same size, other content"),
        pytest.param(None, "missing", id="absent"),
    ],
)
def test_the_state_of_a_file(
    tiny: Manifest, tmp_path: Path, content: bytes | None, expected: weights.State
) -> None:
    if content is not None:
        (tmp_path / "models").mkdir()
        (tmp_path / "models" / "tiny.gguf").write_bytes(content)
    assert weights.state(tmp_path, tiny["tiny"]) == expected


def test_a_file_that_changed_after_its_check_is_checked_again(tiny: Manifest, tmp_path: Path) -> None:
    path = weights.path_of(tmp_path, tiny["tiny"])
    path.parent.mkdir()
    path.write_bytes(CONTENT)
    assert weights.state(tmp_path, tiny["tiny"]) == "present"
    path.write_bytes(b"X" + CONTENT[1:])
    os.utime(path, ns=(1, 1))
    assert weights.state(tmp_path, tiny["tiny"]) == "wrong"


def test_leftovers_of_a_killed_fetch_are_removed_when_old(tiny: Manifest, tmp_path: Path) -> None:
    old, young = tmp_path / "models" / ".fetch-old", tmp_path / "models" / ".fetch-young"
    for folder in (old, young):
        folder.mkdir(parents=True)
    os.utime(old, (0, 0))
    with pytest.raises(NotReady):
        fetch(tmp_path, manifest=changed(tiny, wheel_bytes=1 << 60))
    assert left_in(tmp_path) == [".fetch-young"]


@pytest.mark.parametrize("mark", ["", "nonsense", "[]", "{}", '{"sha256": 1}'])
def test_a_damaged_mark_is_made_again(tiny: Manifest, tmp_path: Path, mark: str) -> None:
    path = weights.path_of(tmp_path, tiny["tiny"])
    path.parent.mkdir()
    path.write_bytes(CONTENT)
    path.with_name("tiny.gguf.checked").write_text(mark)
    assert weights.state(tmp_path, tiny["tiny"]) == "present"
    assert tiny["tiny"].sha256 in path.with_name("tiny.gguf.checked").read_text()
