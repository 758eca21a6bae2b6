"""The page about one's own account."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Final

from vtai.server import sheet

if TYPE_CHECKING:
    from vtai.core.errors import VTError
    from vtai.core.people import AccessKey, Caller, Login, Scope

_SCOPES: Final[dict[Scope, str]] = {
    "read": "read what you keep",
    "write": "change what you keep",
    "chat": "ask models",
    "admin": "look after the server",
}
_ROLES: Final = {"admin": "Admin", "member": "Member", "guest": "Guest: you can read, and not send"}
_DAYS: Final = {"30": "30 days", "90": "90 days", "365": "a year", "": "no end"}

_CHANGE = """<h2 id="password">Password</h2>
<form method="post" action="/account/password" aria-labelledby="password">
  <input type="hidden" name="username" value="{name}" autocomplete="username">
  <div class="cols">
  <div><label for="now">Password now</label>
  <input id="now" name="now" type="password" autocomplete="current-password" maxlength="256" required></div>
  <div><label for="new">New password</label>
  <input id="new" name="new" type="password" autocomplete="new-password" minlength="10" maxlength="256"
    required></div>
  <div><label for="again">The new one again</label>
  <input id="again" name="again" type="password" autocomplete="new-password" maxlength="256" required></div>
  </div>
  <p class="soft"><small>All your other browsers are signed out then.{elsewhere}</small></p>
  <button>Change the password</button>
</form>
"""
_NEW_KEY = """<form method="post" action="/account/keys" aria-label="A new key">
  <div class="cols">
  <div><label for="key-name">Name of a new key</label>
  <input id="key-name" name="name" maxlength="100" autocomplete="off" required></div>
  <div><label for="days">Works for</label>
  <select id="days" name="days">{days}</select></div>
  </div>
  <fieldset><legend>It may</legend>{scopes}</fieldset>
  <button>Make the key</button>
</form>
"""
_MADE = """The key <q>{name}</q> is made. Copy it now: it is shown this once.<br><code>{secret}</code>"""


@dataclass(frozen=True, slots=True)
class About:
    """What the page shows. `has_password`: names and passwords are how people sign in here."""

    caller: Caller
    logins: Sequence[Login]
    keys: Sequence[AccessKey]
    has_password: bool
    has_others: bool = False
    can_leave: bool = False


def account_page(about: About, error: VTError | None = None, done: str = "") -> str:
    """`done` is HTML that says what was done."""
    person = about.caller.person
    leave = (
        '<form method="post" action="/account/leave"><button>Sign out</button></form>'
        if about.can_leave
        else ""
    )
    admin = '<a href="/admin">Administration</a>' if about.caller.may("admin") else ""
    parts = [
        f'<nav><a href="/">Back to the chat</a>{admin}{leave}</nav>',
        f"<h1>{escape(person.name)}</h1>",
        f'<p class="soft">{escape(_ROLES[person.role])}</p>',
        sheet.alert(error),
        done,
        _password(about) if about.has_password else "",
        _browsers(about) if about.has_password else "",
        _keys(about),
    ]
    return sheet.page("Your account", "\n".join(filter(None, parts)), is_wide=True)


def made(name: str, secret: str) -> str:
    """What is said of a new key, with its secret."""
    return sheet.notice("Done.", _MADE.format(name=escape(name), secret=escape(secret)))


def _password(about: About) -> str:
    elsewhere = " Whoever signs in elsewhere has no password here." if about.has_others else ""
    return _CHANGE.format(name=escape(about.caller.person.name, quote=True), elsewhere=elsewhere)


def _browsers(about: About) -> str:
    rows = [
        _row(
            f"{escape(login.browser)}{' (this one)' if _is_this(login, about) else ''}",
            f"from {escape(login.address)}, used {_when(login.seen_at)}, signed in {_when(login.made_at)}",
            f"/account/browsers/{escape(login.id)}/end",
            "" if _is_this(login, about) else "Sign out",
        )
        for login in about.logins
    ]
    return f"<h2>Browsers that are signed in</h2>{_list(rows, 'There are none.')}"


def _keys(about: About) -> str:
    rows = [
        _row(
            f"{escape(key.name)} <small><code>{escape(key.start)}…</code></small>",
            _told(key),
            f"/account/keys/{escape(key.id)}/revoke",
            "Revoke",
        )
        for key in about.keys
        if not key.is_revoked
    ]
    intro = '<p class="soft">Programs send one as <code>Authorization: Bearer KEY</code>.</p>'
    form = _new_key(about.caller) if about.caller.may("write") else ""
    return f"<h2>Keys for programs</h2>{intro}{_list(rows, 'You have none.')}{form}"


def _new_key(caller: Caller) -> str:
    scopes = "".join(
        f'<label class="choice"><input type="checkbox" name="scopes" value="{scope}"'
        f"{' checked' if scope != 'admin' else ''}> {words}</label>"
        for scope, words in _SCOPES.items()
        if caller.may(scope)
    )
    days = "".join(f'<option value="{value}">{words}</option>' for value, words in _DAYS.items())
    return "<br>" + _NEW_KEY.format(days=days, scopes=scopes)


def _told(key: AccessKey) -> str:
    scopes = ", ".join(words for scope, words in _SCOPES.items() if scope in key.scopes)
    used = f"used {_when(key.used_at)}" if key.used_at else "not used yet"
    ends = f"ends {_when(key.expires_at)}" if key.expires_at else "has no end"
    return f"may {scopes}; {used}; {ends}"


def _row(head: str, about: str, action: str, word: str) -> str:
    button = f'<form method="post" action="{action}"><button>{word}</button></form>' if word else ""
    return f'<li><div>{head}<br><small class="soft">{about}</small></div>{button}</li>'


def _list(rows: Iterable[str], otherwise: str) -> str:
    items = "".join(rows)
    return f'<ul class="rows">{items}</ul>' if items else f"<p>{otherwise}</p>"


def _is_this(login: Login, about: About) -> bool:
    return login.id == about.caller.login_id


def _when(at: float) -> str:
    moment = datetime.fromtimestamp(at, UTC)
    return f'<time datetime="{moment.isoformat(timespec="seconds")}">{moment:%d %b %Y, %H:%M} UTC</time>'
