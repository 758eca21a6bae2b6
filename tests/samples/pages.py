"""Web pages: tidy and broken, with scripts and menus around what people read."""

from __future__ import annotations

from functools import partial

from tests.samples import tongues
from tests.samples.sample import Maker, Needle, Sample

_SCRIPT = "window.secretTracker = 'pixel-9000'"
_STYLE = "body{background:papayawhip}"

_BODIES: dict[str, tuple[str, tuple[str, ...]]] = {
    "article": (
        (
            "<nav><a href='/'>Home</a> <a href='/b'>Blog</a></nav><article><h1>Bees</h1><p>A "
            "hive needs 15 kg of honey "
            "to winter.</p></article><footer>c 2026</footer>"
        ),
        ("A hive needs 15 kg of honey to winter.",),
    ),
    "table": (
        (
            "<table><thead><tr><th>Pier</th><th>Depth</th></tr></thead><tr><td>North</td>"
            "<td>7.25 m</td></tr></table>"
        ),
        ("North", "7.25 m"),
    ),
    "spanning cells": (
        (
            "<table><tr><th colspan=2>Trains</th></tr><tr><td rowspan=2>IC 61</td><td>08:02</td>"
            "</tr><tr><td>09:02, Thun"
            "</td></tr></table>"
        ),
        ("IC 61", "09:02, Thun"),
    ),
    "lists": ("<ul><li>eggs<li>flour <ol><li>rye<li>spelt, 630 g</ol><li>salt</ul>", ("spelt, 630 g",)),
    "unclosed": (
        "<p>One <b>two <i>three</b> four</i><p>Five <div>the sixth is 66</p></div><td>stray",
        ("the sixth is 66",),
    ),
    "entities": (
        "<p>Fish &amp; chips &pound;11.50 &mdash; caf&eacute; &#x2603; &lt;closed&gt;</p>",
        ("Fish & chips £11.50", "<closed>"),
    ),
    "definition list": ("<dl><dt>Luff<dd>the forward edge, 9.4 m</dl>", ("the forward edge, 9.4 m",)),
    "preformatted": ("<pre>  a   b\n  1   22 volts\n</pre>", ("22 volts",)),
    "code": (
        "<p>Use</p><pre><code class='language-sh'>tar --zstd -cf all.tar docs/</code></pre>",
        ("tar --zstd -cf all.tar docs/",),
    ),
    "form": (
        (
            "<form><label>Name <input name=n value='x'></label><select><option>Tuesday 4 pm"
            "</option></select></form>"
        ),
        ("Tuesday 4 pm",),
    ),
    "picture": (
        "<figure><img src=a.png alt='A map'><figcaption>Plan of level 3</figcaption></figure>",
        ("Plan of level 3",),
    ),
    "conditional comments": (
        "<!--[if IE]><p>old browser</p><![endif]--><p>Rent: 640 a month</p>",
        ("Rent: 640 a month",),
    ),
    "upper case": (
        "<P ALIGN=CENTER><FONT SIZE=+2>WELCOME TO MY HOMEPAGE</FONT><BR>Visitor no. 00417</P>",
        ("Visitor no. 00417",),
    ),
    "details": (
        "<details><summary>Fee</summary><p>The fee is waived under 26.</p></details>",
        ("The fee is waived under 26.",),
    ),
    "ruby": ("<p><ruby>東京<rp>(</rp><rt>とうきょう</rt><rp>)</rp></ruby>駅、三番線</p>", ("三番線",)),
    "frames of divs": (
        "<div>" * 300 + "<span>at the very bottom: 5 nails</span>" + "</div>" * 300,
        ("at the very bottom: 5 nails",),
    ),
    "right to left": (f"<div dir=rtl><p>{tongues.ARABIC.text}</p></div>", (tongues.ARABIC.fact,)),
    "inline svg": (
        "<svg><title>logo</title><path d='M0 0h9v9z'/></svg><p>Suite 1204, level 12</p>",
        ("Suite 1204, level 12",),
    ),
}


def page(body: str, facts: tuple[str, ...], charset: str = "utf-8", name: str = "page.html") -> Sample:
    text = (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="{charset}"><title>Sample page</title>\n'
        f"<style>{_STYLE}</style><script>{_SCRIPT}</script></head>\n<body>{body}\n<script>{_SCRIPT}</script>"
        "<noscript>no script</noscript></body></html>\n"
    )
    needles = tuple(Needle(fact) for fact in facts)
    return Sample(
        name, text.encode(charset), needles, absent=("pixel-9000", "papayawhip"), media_type="text/html"
    )


def told(charset: str, paragraph: tongues.Paragraph) -> Sample:
    return page(f"<h1>1</h1><p>{paragraph.text}</p>", (paragraph.fact,), charset, "page.htm")


def bare() -> Sample:
    """A scrap without a frame, as a clipboard gives it."""
    return Sample("scrap.html", b"<b>Pick up:</b> parcel 40-117<br>before six", (Needle("parcel 40-117"),))


def from_word_processor() -> Sample:
    text = (
        '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><meta http-equiv=Content-Type '
        'content="text/html; charset=windows-1252"><!--[if gte mso 9]><xml><o:Pages>1</'
        "o:Pages></xml><![endif]--></head>"
        "<body lang=FR><p class=MsoNormal><span style='mso-list:Ignore'>·</span>Réunion à 18 "
        "h, salle « Zénith »<o:p></o:p>"
        "</p></body></html>"
    )
    return Sample("compte rendu.htm", text.encode("cp1252"), (Needle("Réunion à 18 h, salle « Zénith »"),))


def long_page() -> Sample:
    parts = "".join(f"<h2>Chapter {n}</h2><p>{'All is quiet. ' * 40}</p>" for n in range(400))
    return page(parts + "<p>On the last page a shot is fired at 23:58.</p>", ("a shot is fired at 23:58.",))


MAKERS: dict[str, Maker] = {
    **{name: partial(page, *case) for name, case in _BODIES.items()},
    "windows-1252": partial(told, "windows-1252", tongues.FRENCH),
    "shift-jis": partial(told, "Shift_JIS", tongues.JAPANESE),
    "koi8-r": partial(told, "KOI8-R", tongues.RUSSIAN),
    "scrap": bare,
    "word processor": from_word_processor,
    "long": long_page,
}
