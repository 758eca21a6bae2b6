"""The look of the server's own small pages: plain HTML that loads nothing, for any screen."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from typing import TYPE_CHECKING, Final

from starlette.responses import HTMLResponse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vtai.core.errors import VTError

_STYLE: Final = """
:root { color-scheme: light dark; --back: #fff; --ink: #17171c; --line: #d5d5dc; --edge: #83838f;
  --soft: #55555f; --accent: #2563eb; --on-accent: #fff; --bad: #b91c1c; }
@media (prefers-color-scheme: dark) { :root { --back: #17171c; --ink: #ececf1; --line: #4a4a55;
  --edge: #7d7d8a; --soft: #b4b4bf; --accent: #93b4ff; --on-accent: #0b1020; --bad: #fca5a5; } }
* { box-sizing: border-box; }
body { background: var(--back); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; margin: 0;
  padding: 1.5rem 1.25rem 3rem; }
main { max-width: 24rem; margin: 8vh auto 0; }
main.wide { max-width: 44rem; margin-top: 2vh; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 1rem; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 2.25rem 0 .5rem; }
p { margin: 0 0 1rem; } .soft, small { color: var(--soft); } small { font-size: .875rem; }
label, legend { display: block; font-weight: 500; margin: 0 0 .25rem; padding: 0; }
label.choice { display: inline-flex; gap: .4rem; align-items: center; font-weight: 400;
  margin: 0 1rem .25rem 0; min-height: 2.75rem; }
label.choice input { width: 1.15rem; height: 1.15rem; margin: 0; accent-color: var(--accent); }
fieldset { border: 0; margin: 0 0 1rem; padding: 0; }
input:not([type=checkbox]), select { width: 100%; margin: 0 0 1rem; background: transparent; color: inherit; }
input:not([type=checkbox]), select, button, .button { font: inherit; padding: .55rem .75rem;
  border: 1px solid var(--edge); border-radius: .5rem; min-height: 2.75rem; }
select option { color: CanvasText; background: Canvas; }
button, .button { display: inline-block; cursor: pointer; background: transparent; color: inherit;
  text-decoration: none; text-align: center; }
button.main { background: var(--accent); border-color: var(--accent); color: var(--on-accent);
  font-weight: 600; }
form.door button.main, .door .button { width: 100%; } .door .button { margin-bottom: .5rem; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
[role=alert], [role=status] { border-left: 4px solid var(--bad); padding: .25rem 0 .25rem .75rem;
  margin: 0 0 1.25rem; }
[role=status] { border-color: var(--accent); } [role=alert] strong, [role=status] strong { display: block; }
.or { display: flex; gap: .75rem; align-items: center; margin: 1.25rem 0; color: var(--soft); }
.or::before, .or::after { content: ""; flex: 1; border-top: 1px solid var(--line); }
ul.rows { list-style: none; margin: 0; padding: 0; border-top: 1px solid var(--line); }
ul.rows li { display: flex; gap: .5rem 1rem; flex-wrap: wrap; align-items: center;
  justify-content: space-between; padding: .75rem 0; border-bottom: 1px solid var(--line); }
ul.rows li > div { flex: 1 1 14rem; min-width: 0; overflow-wrap: anywhere; } ul.rows form { margin: 0; }
code { font: .95em ui-monospace, monospace; overflow-wrap: anywhere; user-select: all; }
nav { display: flex; gap: 1rem; flex-wrap: wrap; align-items: center; justify-content: space-between;
  margin-bottom: 1.5rem; }
nav form { margin: 0; } nav a { padding: .7rem 0; } a { color: var(--accent); }
.cols { display: grid; grid-template-columns: repeat(auto-fit, minmax(12rem, 1fr)); gap: 0 1rem; }
"""
_PAGE: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>{style}</style>
<main{kind}>
{body}
</main>
</html>
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

UNSTORED: Final[Mapping[str, str]] = {"Cache-Control": "no-store"}
# These pages hold passwords and keys: no script runs on them, and nothing is loaded or framed.
_HEADERS: Final = {
    **UNSTORED,
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src data:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
}


def page(title: str, body: str, *, is_wide: bool = False) -> str:
    """A whole page. `body` is HTML in which everything foreign is escaped."""
    kind = ' class="wide"' if is_wide else ""
    return _PAGE.format(title=escape(title), style=_STYLE, kind=kind, body=body)


def shown(html: str, status: int = 200, headers: Mapping[str, str] | None = None) -> HTMLResponse:
    """The page as an answer that no browser keeps."""
    return HTMLResponse(html, status, {**_HEADERS, **(headers or {})})


def alert(error: VTError | None) -> str:
    """What went wrong, read out at once by screen readers."""
    if error is None:
        return ""
    return f'<p role="alert"><strong>{escape(error.message)}</strong> {escape(error.hint)}</p>'


def notice(message: str, more: str = "") -> str:
    """What was done. `more` is HTML."""
    return f'<p role="status"><strong>{escape(message)}</strong> {more}</p>'
