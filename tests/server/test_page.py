"""The page's HTML."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest

from vtai.core.errors import SettingsError
from vtai.server.assets import front_end, open_shelf
from vtai.server.page import KATEX_URL, render
from vtai.ui.site import SHIPPED


def write_site(folder: Path, ui: str = "", project: str = "", theme: object = None) -> Path:
    (folder / ".chainlit").mkdir(parents=True)
    (folder / "public").mkdir()
    config = f'[project]\n{project}\n[UI]\nname = "VT.ai"\n{ui}\n[meta]\ngenerated_by = "2.12.0"\n'
    (folder / ".chainlit" / "config.toml").write_text(config)
    if theme is not None:
        (folder / "public" / "theme.json").write_text(json.dumps(theme))
    return folder


def attributes(html: str) -> list[str]:
    return re.findall(r'(?:src|href)="([^"]*)"', html)


def test_the_shipped_page_refers_to_nothing_outside_this_server(tmp_path: Path) -> None:
    shelf = open_shelf(tmp_path)
    page = render(shelf.front_end, SHIPPED, shelf.versioned)
    assert all(url.startswith("/") and not url.startswith("//") for url in attributes(page.html.decode()))
    assert b"http://" not in page.html
    assert b"https://" not in page.html


def test_every_file_that_the_shipped_page_names_is_served(tmp_path: Path) -> None:
    shelf = open_shelf(tmp_path)
    page = render(shelf.front_end, SHIPPED, shelf.versioned)
    missing = [url for url in attributes(page.html.decode()) if shelf.find(url.partition("?")[0]) is None]
    assert missing == []


def test_the_formula_styles_and_the_fonts_they_name_are_served(tmp_path: Path) -> None:
    shelf = open_shelf(tmp_path)
    css = shelf.find(KATEX_URL)
    assert css is not None
    fonts = re.findall(r"url\(([^)]*)\)", css.path.read_text())
    assert len(fonts) == 20
    assert all(shelf.find(f"{KATEX_URL.rpartition('/')[0]}/{font}") for font in fonts)


def test_the_hashes_are_those_of_the_inline_scripts(tmp_path: Path) -> None:
    site = write_site(
        tmp_path / "site", project='transports = ["websocket"]', theme={"variables": {"a": "b"}}
    )
    page = render(front_end(), site)
    scripts = re.findall(r"<script>(.*?)</script>", page.html.decode(), re.DOTALL)
    expected = {
        "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts
    }
    assert len(scripts) == 2
    assert set(page.script_hashes) == expected


def test_the_theme_and_the_transports_reach_the_page(tmp_path: Path) -> None:
    theme = {"variables": {"light": {"--primary": "</script><b>"}}}
    site = write_site(tmp_path / "site", project='transports = ["websocket"]', theme=theme)
    html = render(front_end(), site).html.decode()
    assert 'window.transports = ["websocket"];' in html
    written = re.search(r"window\.theme = (.*?);", html)
    assert written is not None
    assert json.loads(written[1]) == theme["variables"]
    assert "</script><b>" not in html


def test_texts_of_the_configuration_cannot_become_markup(tmp_path: Path) -> None:
    site = write_site(tmp_path / "site", ui="description = '\"><script>alert(1)</script>'")
    assert b"<script>alert" not in render(front_end(), site).html


@pytest.mark.parametrize(
    "url",
    ["https://example.org/a.css", "//example.org/a.css", "http://example.org/a.css"],
    ids=["https", "no-scheme", "http"],
)
def test_styles_scripts_and_fonts_of_other_hosts_are_left_out(tmp_path: Path, url: str) -> None:
    site = write_site(
        tmp_path / "site", ui=f'custom_css = "{url}"\ncustom_js = "{url}"', theme={"custom_fonts": [url]}
    )
    assert b"example.org" not in render(front_end(), site).html


def test_own_styles_and_scripts_carry_the_hash_of_their_content(tmp_path: Path) -> None:
    site = write_site(tmp_path / "site", ui='custom_css = "/public/a.css"\ncustom_js = "/public/a.js"')
    html = render(front_end(), site, lambda url: f"{url}?v=1").html.decode()
    assert 'href="/public/a.css?v=1"' in html
    assert 'src="/public/a.js?v=1"' in html


def test_a_missing_front_end_is_told_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"index\.html is missing"):
        render(tmp_path, SHIPPED)
