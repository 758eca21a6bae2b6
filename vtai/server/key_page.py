"""The page that asks for the access key."""

from __future__ import annotations

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>VT.ai asks for its key</title>
<style>
  body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 26rem; margin: 15vh auto 0; padding: 0 1.25rem; }}
  h1 {{ font-size: 1.4rem; }}
  form {{ display: flex; gap: .5rem; flex-wrap: wrap; }}
  label {{ width: 100%; }}
  input {{ flex: 1 1 12rem; min-width: 0; }}
  input, button {{ font: inherit; padding: .5rem .7rem; border: 1px solid GrayText; border-radius: .5rem; }}
  p[role=alert] {{ font-weight: 600; }}
</style>
<h1>VT.ai asks for its access key</h1>
{notice}
<p>The key stands in the address that was printed when the server started. Whoever runs the server can give it
to you.</p>
<form method="post" action="/access">
  <label for="key">Access key</label>
  <input id="key" name="key" type="password" autocomplete="current-password" required autofocus>
  <button>Open</button>
</form>
</html>
"""
_WRONG = '<p role="alert">That key is wrong. Try it again.</p>'


def key_page(*, was_wrong: bool) -> str:
    """The whole page, as HTML that loads nothing else."""
    return _PAGE.format(notice=_WRONG if was_wrong else "")
