"""The pages to sign in and to make the first account."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote

from vtai.server import sheet

if TYPE_CHECKING:
    from vtai.core.errors import VTError

_FORM = """<form class="door" method="post" action="/sign-in">
  <input type="hidden" name="next" value="{to}">
  <label for="name">Name</label>
  <input id="name" name="name" value="{name}" autocomplete="username" autocapitalize="none" spellcheck="false"
    maxlength="300" required{focus_name}>
  <label for="password">Password</label>
  <input id="password" name="password" type="password" autocomplete="current-password" maxlength="256"
    required{focus_password}>
  <button class="main">Sign in</button>
</form>
"""
_FIRST = """<h1>The first account</h1>
{notice}
<p>Whoever makes it is the admin of this VT.ai and can make accounts for others.</p>
<form class="door" method="post" action="/first-admin">
  {code}
  <label for="name">Name</label>
  <input id="name" name="name" value="{name}" autocomplete="username" autocapitalize="none" spellcheck="false"
    maxlength="100" required>
  <label for="password">Password</label>
  <input id="password" name="password" type="password" autocomplete="new-password" minlength="10"
    maxlength="256" aria-describedby="rule" required>
  <p class="soft" id="rule"><small>At least ten characters; a few words in a row are good.</small></p>
  <label for="again">The password again</label>
  <input id="again" name="again" type="password" autocomplete="new-password" maxlength="256" required>
  <button class="main">Make the account</button>
</form>
"""
_CODE = """<label for="code">Code</label>
  <input id="code" name="code" value="{code}" autocomplete="one-time-code" autocapitalize="none"
    spellcheck="false" aria-describedby="where" required>
  <p class="soft" id="where"><small>It was printed when the server started.</small></p>"""
_WANTED = '<p>Nobody is an admin yet. <a href="/first-admin">Make the first account</a></p>'


def sign_in_page(
    to: str,
    providers: Mapping[str, str],
    error: VTError | None = None,
    name: str = "",
    *,
    is_first_wanted: bool = False,
) -> str:
    """`to` is where to go then; `providers` sign people in elsewhere: the path, and what its button says."""
    focus = ' autofocus aria-invalid="true"' if error else " autofocus"
    form = _FORM.format(
        to=escape(to),
        name=escape(name),
        focus_name="" if name else focus,
        focus_password=focus if name else "",
    )
    buttons = "".join(
        f'<a class="button" href="{escape(path)}?next={quote(to, safe="/")}">{escape(label)}</a>'
        for path, label in providers.items()
    )
    others = f'<p class="or">or</p><div class="door">{buttons}</div>' if buttons else ""
    wanted = _WANTED if is_first_wanted else ""
    return sheet.page(
        "Sign in to VT.ai", f"<h1>Sign in to VT.ai</h1>{sheet.alert(error)}{wanted}{form}{others}"
    )


def first_admin_page(
    error: VTError | None = None, name: str = "", code: str = "", *, needs_code: bool
) -> str:
    field = _CODE.format(code=escape(code)) if needs_code else ""
    body = _FIRST.format(notice=sheet.alert(error), code=field, name=escape(name))
    return sheet.page("The first account of VT.ai", body)


def apology(title: str, error: VTError) -> str:
    """A page that says what went wrong, and leads back to where one signs in."""
    body = f'<h1>{escape(title)}</h1>{sheet.alert(error)}<p><a href="/sign-in">Back to signing in</a></p>'
    return sheet.page(title, body)
