"""The pages of the stand-in site, in one table: each with its path, its title and the facts that stand on it.

`facts` are words that whoever read the page knows; `never` are words that stand in its source and that nobody
who read it properly has seen. A page without facts cannot be read, and `kind` says why.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field
from typing import Literal

from tests.standins import site_words as words

Kind = Literal[
    "article", "onward", "slow", "huge", "encoding", "paywall", "injection", "forbidden", "refresh",
    "document", "endless", "bomb", "scripts", "banner", "forum", "table", "status", "picture",
]  # fmt: skip


@dataclass(frozen=True)
class SitePage:
    """`body` as it is sent. `delay_s` goes before it; `endless` sends it again and again."""

    path: str
    title: str
    facts: tuple[str, ...] = ()
    kind: Kind = "article"
    never: tuple[str, ...] = ()
    published: str | None = None
    body: bytes = b""
    status: int = 200
    media_type: str = "text/html; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    is_endless: bool = False


def html(
    path: str, title: str, facts: tuple[str, ...], inner: str, head: str = "", **more: object
) -> SitePage:
    body = words.whole(title, inner, head).encode()
    return SitePage(path, title, facts, body=body, **more)  # type: ignore[arg-type]


def onward(path: str, location: str, status: int = 302) -> SitePage:
    return SitePage(path, "", kind="onward", status=status, headers={"location": location})


_DATED = '<meta property="article:published_time" content="{}T09:30:00+01:00">'

PAGES: tuple[SitePage, ...] = (
    html(
        "/news/harbour",
        "Norrvik harbour is dredged to 9.4 metres",
        ("9.4 metres", "14 March 2026", "Astrid Lund", "2.7 million crowns"),
        words.HARBOUR,
        _DATED.format("2026-03-16"),
        published="2026-03-16",
        never=("MENU-NOISE", "FOOT-NOISE", "RELATED-NOISE"),
    ),
    html(
        "/news/bridge",
        "The Skeld bridge opens in October 2027",
        ("October 2027", "412 metres", "Jonas Berg", "two lanes"),
        words.BRIDGE,
        '<script type="application/ld+json">{"@type":"NewsArticle","datePublished":"2026-05-02"}</script>',
        published="2026-05-02",
        never=("MENU-NOISE", "COMMENT-NOISE"),
    ),
    html(
        "/facts/lighthouse",
        "Tarn Head lighthouse",
        ("37 metres", "1871", "every 12 seconds", "18 sea miles"),
        words.LIGHTHOUSE,
    ),
    html(
        "/facts/lighthouse-tourism",
        "Visiting Tarn Head lighthouse",
        ("37 metres", "85 crowns", "154 steps"),
        words.LIGHTHOUSE_VISIT,
    ),
    html("/facts/opening-hours", "Opening hours", ("9-17", "10-14", "0123 4567"), words.HOURS),
    html(
        "/prices/ferry",
        "Ferry fares and sailings",
        ("2026-06-14", "114 crowns", "Price", "Skeld"),
        words.FARES,
        kind="table",
    ),
    html(
        "/forum/pump",
        "How do I reset the X200 pump?",
        ("E42", "7 seconds", "inlet filter"),
        words.FORUM,
        kind="forum",
    ),
    html(
        "/banner",
        "Herring season",
        ("12 tonnes", "first week of April"),
        words.COOKIE_BANNER + words.HERRING,
        kind="banner",
        never=("We use cookies", "Accept all"),
    ),
    html(
        "/paywall",
        "Why the shipyard closed",
        ("Kvist shipyard", "340 people"),
        words.PAYWALL,
        words.NOT_FREE,
        kind="paywall",
    ),
    html(
        "/injection/hidden",
        "Cheese of the valley",
        ("21 months", "Hollin dairy"),
        words.INJECTION_HIDDEN,
        words.HIDING_STYLE,
        kind="injection",
        never=words.HIDDEN_WORDS,
    ),
    html(
        "/injection/visible",
        "Reviews of the Brack kettle",
        ("1.7 litres", "4 of 5 stars"),
        words.INJECTION_VISIBLE,
        kind="injection",
        never=words.VISIBLE_WORDS,
    ),
    html("/private/plan", "Private plan", (), "<p>FORBIDDEN-WORDS of the plan.</p>", kind="forbidden"),
    html("/private/open", "The open part", ("open to all", "room 12"), words.OPEN_PART),
    html("/scripts", "App", (), words.SCRIPTS, kind="scripts"),
    html(
        "/slow",
        "Slow page",
        ("finally arrived",),
        "<p>It finally arrived, after a long while.</p>",
        kind="slow",
        delay_s=30.0,
    ),
    html(
        "/huge",
        "The long list",
        ("entry number 17 weighs 51 grams",),
        words.long_list(6_500_000),
        kind="huge",
    ),
    SitePage(
        "/endless", "Endless", ("row of the endless page",), "endless", body=words.ENDLESS, is_endless=True
    ),
    SitePage(
        "/bomb",
        "Bomb",
        kind="bomb",
        body=gzip.compress(b"<p>" + b" " * 60_000_000),
        headers={"content-encoding": "gzip"},
    ),
    SitePage(
        "/encoding/cp1252",
        "Caf\u00e9 M\u00fcller",
        ("Caf\u00e9 M\u00fcller", "\u20ac 4,50", "cr\u00e8me br\u00fbl\u00e9e"),
        "encoding",
        body=words.CAFE.encode("cp1252"),
    ),
    SitePage(
        "/encoding/shift-jis",
        "\u6771\u4eac\u306e\u5929\u6c17",
        ("\u6771\u4eac\u306e\u5929\u6c17", "\u6700\u9ad8\u6c17\u6e29\u306f23\u5ea6"),
        "encoding",
        body=words.TOKYO.encode("cp932"),
        media_type="text/html",
    ),
    SitePage(
        "/encoding/header-only",
        "\u041f\u043e\u0433\u043e\u0434\u0430",
        ("\u041c\u043e\u0441\u043a\u0432\u0435", "17 \u0433\u0440\u0430\u0434\u0443\u0441\u043e\u0432"),
        "encoding",
        body=words.MOSCOW.encode("koi8-r"),
        media_type="text/html; charset=koi8-r",
    ),
    html(
        "/refresh",
        "Moved",
        (),
        "<p>Moved.</p>",
        '<meta http-equiv="refresh" content="0; url=/news/harbour">',
        kind="refresh",
    ),
    html(
        "/refresh/private",
        "Moved",
        (),
        "<p>Moved.</p>",
        '<meta http-equiv="refresh" content="0; url=/private/plan">',
        kind="refresh",
    ),
    html(
        "/refresh/loop",
        "Moved again",
        (),
        "<p>Round.</p>",
        '<meta http-equiv="refresh" content="0; url=/refresh/loop2">',
        kind="refresh",
    ),
    html(
        "/refresh/loop2",
        "Moved again",
        (),
        "<p>Round.</p>",
        '<meta http-equiv="refresh" content="0; url=/refresh/loop">',
        kind="refresh",
    ),
    onward("/moved", "/news/harbour", 301),
    onward("/moved/private", "/private/plan"),
    onward("/moved/round", "/moved/round"),
    onward("/moved/inside", "http://169.254.169.254/latest/meta-data"),
    SitePage(
        "/report.pdf",
        "report.pdf",
        ("Annual report", "88 boats", "Page two: 19 gulls"),
        "document",
        body=words.PDF,
        media_type="application/pdf",
    ),
    SitePage(
        "/data.json",
        "data.json",
        ("Norrvik", "4812"),
        "document",
        media_type="application/json",
        body=json.dumps({"town": "Norrvik", "inhabitants": 4812, "harbours": ["north", "south"]}).encode(),
    ),
    SitePage(
        "/notes.txt",
        "notes.txt",
        ("tide table", "06:42"),
        "document",
        body=words.NOTES.encode(),
        media_type="text/plain",
    ),
    SitePage(
        "/feed.xml",
        "feed.xml",
        ("Gull count rises", "Norrvik feed"),
        "document",
        body=words.FEED.encode(),
        media_type="application/rss+xml",
    ),
    SitePage("/picture.png", "", kind="picture", body=words.PICTURE, media_type="image/png"),
    SitePage("/members", "", kind="status", status=401, body=b"<p>Sign in</p>"),
    SitePage("/pay", "", kind="status", status=402, body=b"<p>Pay</p>"),
    SitePage("/barred", "", kind="status", status=403, body=b"<p>No</p>"),
    SitePage("/legal", "", kind="status", status=451, body=b"<p>No</p>"),
    SitePage("/broken", "", kind="status", status=500, body=b"<p>Oh</p>"),
)

ROBOTS = b"""User-agent: somebody-else
Disallow: /

User-agent: *
Disallow: /private/
Allow: /private/open
Disallow: /*.secret$
"""

BY_PATH = {page.path: page for page in PAGES}
READABLE = tuple(page for page in PAGES if page.facts and page.kind != "slow")
