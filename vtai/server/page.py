"""The page's HTML, made from the front end's template without loading the library behind it.

What is written into the template is what the library would write, less every reference to another host: fonts
and formula styles come from this server, and a page that is opened offline looks the same.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vtai.core.errors import SettingsError

KATEX_URL = "/assets/katex-0.16.22/katex.min.css"
"""Where formula styles are served; the version in it lets browsers keep them for good."""

_TAGS = "<!-- TAG INJECTION PLACEHOLDER -->"
_SCRIPTS = "<!-- JS INJECTION PLACEHOLDER -->"
_STYLES = "<!-- CSS INJECTION PLACEHOLDER -->"
_FONTS = re.compile(r"<!-- FONT START -->.*?<!-- FONT END -->", re.DOTALL)
_KATEX = re.compile(r'https?://[^"]*/katex(?:\.min)?\.css')
_FOREIGN = re.compile(
    r"<link\b[^>]*\bhref=.(?:https?:)?//[^>]*>|<script\b[^>]*\bsrc=.(?:https?:)?//[^>]*>\s*</script>"
)
_INLINE_SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Page:
    """The HTML, and the hashes of its inline scripts as a content security policy wants them."""

    html: bytes
    script_hashes: tuple[str, ...]


def render(front_end: Path, site: Path, versioned: Callable[[str], str] = str) -> Page:
    """The page for the configuration in `site`. `versioned` adds a content hash to a local URL.

    Raises SettingsError when the front end or the configuration is not there.
    """
    template = _read(front_end / "index.html")
    config = tomllib.loads(_read(site / ".chainlit" / "config.toml"))
    theme = _theme(site / "public" / "theme.json")
    ui = config.get("UI", {})
    fonts = "\n".join(
        f'<link rel="stylesheet" href="{html.escape(versioned(url))}" />'
        for url in theme.get("custom_fonts") or ()
        if _is_local(url)
    )
    text = (
        _FONTS.sub(lambda _: fonts, template)
        .replace(_TAGS, _tags(ui))
        .replace(_SCRIPTS, _scripts(ui, theme, config.get("project", {}), versioned))
        .replace(_STYLES, _styles(ui, versioned))
    )
    text = _FOREIGN.sub("", _KATEX.sub(KATEX_URL, text))
    return Page(text.encode(), tuple(_hash(script) for script in _INLINE_SCRIPT.findall(text)))


def _tags(ui: dict[str, Any]) -> str:
    name, description = html.escape(ui.get("name", "VT.ai")), html.escape(ui.get("description", ""))
    return f"""<title>{name}</title>
    <link rel="icon" href="/favicon" />
    <meta name="description" content="{description}">
    <meta property="og:type" content="website">
    <meta property="og:title" content="{name}">
    <meta property="og:description" content="{description}">
    <meta property="og:root_path" content="">"""


def _scripts(
    ui: dict[str, Any], theme: dict[str, Any], project: dict[str, Any], versioned: Callable[[str], str]
) -> str:
    lines = []
    if variables := theme.get("variables"):
        lines.append(f"window.theme = {_json(variables)};")
    if transports := project.get("transports"):
        lines.append(f"window.transports = {_json(transports)};")
    tags = f"<script>{' '.join(lines)}</script>" if lines else ""
    if _is_local(url := ui.get("custom_js") or ""):
        attributes = ui.get("custom_js_attributes", "defer")
        tags += f'<script src="{html.escape(versioned(url))}" {attributes}></script>'
    return tags


def _styles(ui: dict[str, Any], versioned: Callable[[str], str]) -> str:
    if not _is_local(url := ui.get("custom_css") or ""):
        return ""
    attributes = ui.get("custom_css_attributes", "")
    return f'<link rel="stylesheet" type="text/css" href="{html.escape(versioned(url))}" {attributes}>'


def _theme(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    theme: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return theme


def _is_local(url: str) -> bool:
    return url.startswith("/") and not url.startswith("//")


def _json(value: object) -> str:
    """JSON that cannot end the script element it stands in."""
    return json.dumps(value).replace("<", "\\u003c")


def _hash(script: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError(
            f"The page's {path.name} is missing from this installation.", "Install vtai again."
        ) from error
