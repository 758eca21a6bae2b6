"""The page that asks for the access key."""

from __future__ import annotations

from vtai.server import sheet

_BODY = """<h1>VT.ai asks for its access key</h1>
{notice}
<p>The key stands in the address that was printed when the server started. Whoever runs the server can give it
to you.</p>
<form class="door" method="post" action="/access">
  <label for="key">Access key</label>
  <input id="key" name="key" type="password" autocomplete="current-password" required autofocus>
  <button class="main">Open</button>
</form>
"""
_WRONG = '<p role="alert"><strong>That key is wrong.</strong> Try it again.</p>'


def key_page(*, was_wrong: bool) -> str:
    """The whole page, as HTML that loads nothing else."""
    return sheet.page("VT.ai asks for its key", _BODY.format(notice=_WRONG if was_wrong else ""))
