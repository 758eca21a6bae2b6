"""The table of files and their compressed copies."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from vtai.core.errors import SettingsError
from vtai.server.assets import ENCODINGS, Shelf, open_shelf, prepare, squeeze


def make_shelf(folder: Path) -> Shelf:
    front, site = folder / "front", folder / "site"
    (front / "assets").mkdir(parents=True)
    (site / "public" / "avatars").mkdir(parents=True)
    (front / "assets" / "app-1a2b.js").write_text("let a = 1;\n" * 500)
    (front / "assets" / "app-1a2b.js.map").write_text("{}")
    (front / "favicon.svg").write_text("<svg/>")
    (front / "logo_light.svg").write_text("<svg/>")
    (front / "logo_dark.svg").write_text("<svg/>")
    (site / "public" / "page.css").write_text("body {}\n" * 500)
    (site / "public" / ".hidden").write_text("secret")
    (site / "public" / "avatars" / "vt_ai.svg").write_text("<svg id='avatar'/>")
    (folder / "secret.txt").write_text("secret")
    return Shelf(front, site, folder / "cache")


def test_compressing_makes_each_copy_once_and_they_unpack_to_the_original(tmp_path: Path) -> None:
    import brotli

    shelf = make_shelf(tmp_path)
    assert shelf.compress() > 0
    assert shelf.compress() == 0
    script = shelf.find("/assets/app-1a2b.js")
    assert script is not None
    assert gzip.decompress(shelf.compressed(script, "gzip").read_bytes()) == script.path.read_bytes()
    assert brotli.decompress(shelf.compressed(script, "br").read_bytes()) == script.path.read_bytes()


def test_a_changed_file_gets_a_copy_of_its_own(tmp_path: Path) -> None:
    make_shelf(tmp_path).compress()
    (tmp_path / "site" / "public" / "page.css").write_text("p {}\n" * 500)
    again = Shelf(tmp_path / "front", tmp_path / "site", tmp_path / "cache")
    assert again.compress() == 2


def test_no_unfinished_copies_are_left_behind(tmp_path: Path) -> None:
    shelf = make_shelf(tmp_path)
    shelf.compress()
    assert {path.suffix for path in shelf.cache.iterdir()} == {".br", ".gzip"}


@pytest.mark.parametrize(
    "url",
    [
        "/assets/app-1a2b.js.map",
        "/public/.hidden",
        "/assets/../../secret.txt",
        "/public/../../secret.txt",
        "/public/",
        "/secret.txt",
    ],
    ids=["source-map", "hidden", "assets-traversal", "public-traversal", "folder", "elsewhere"],
)
def test_what_is_not_a_file_of_the_page_is_not_found(tmp_path: Path, url: str) -> None:
    assert make_shelf(tmp_path).find(url) is None


def test_the_sites_own_logo_comes_before_the_front_ends(tmp_path: Path) -> None:
    (tmp_path / "site" / "public").mkdir(parents=True)
    own = tmp_path / "site" / "public" / "logo_dark.png"
    own.write_bytes(b"png")
    (tmp_path / "front" / "assets").mkdir(parents=True)
    shelf = Shelf(tmp_path / "front", tmp_path / "site", tmp_path / "cache")
    dark, light = shelf.find("/logo/dark"), shelf.find("/logo/light")
    assert dark is not None
    assert light is not None
    assert dark.path == own
    assert light.path == tmp_path / "front" / "logo_light.svg"


@pytest.mark.slow
def test_preparing_compresses_the_installed_page_and_drops_other_versions(tmp_path: Path) -> None:
    (old := tmp_path / "cache" / "page-0.0.0").mkdir(parents=True)
    assert prepare(tmp_path) > 0
    assert prepare(tmp_path) == 0
    assert not old.exists()
    shelf = open_shelf(tmp_path)
    script = next((shelf.front_end / "assets").glob("index-*.js"))
    asset = shelf.find(f"/assets/{script.name}")
    assert asset is not None
    for encoding in ENCODINGS:
        assert shelf.compressed(asset, encoding).stat().st_size * 3 < asset.path.stat().st_size


def test_a_data_folder_that_cannot_be_written_is_told_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file, not a folder")
    with pytest.raises(SettingsError, match="cannot be written") as told:
        prepare(tmp_path / "data")
    assert "VT_DATA_DIR" in told.value.hint


def test_compressing_the_same_content_twice_gives_the_same_bytes() -> None:
    assert squeeze(b"abc" * 1000, "gzip") == squeeze(b"abc" * 1000, "gzip")
