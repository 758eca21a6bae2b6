"""XML of feeds, builds, maps, messages and offices, in several encodings."""

from __future__ import annotations

from functools import partial

from tests.samples import tongues
from tests.samples.sample import Maker, Needle, Sample

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'

_FILES: dict[str, tuple[str, tuple[str, ...]]] = {
    "rss": (
        (
            '<rss version="2.0"><channel><title>Tides</title><item><title>Spring tide of 6.91 m</title>'
            "<link>https://example.org/1</link></item></channel></rss>"
        ),
        ("Spring tide of 6.91 m",),
    ),
    "atom": (
        (
            '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>Bells</title><summary type="html">'
            "&lt;p&gt;They ring at 5:30&lt;/p&gt;</summary></entry></feed>"
        ),
        ("They ring at 5:30",),
    ),
    "sitemap": (
        (
            '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>https://'
            "example.org/shop?id=814"
            "</loc><priority>0.3</priority></url></urlset>"
        ),
        ("https://example.org/shop?id=814",),
    ),
    "maven": (
        (
            "<project>\n  <dependencies>\n    <dependency>\n      <artifactId>jetty</artifactId>\n"
            "      <version>12.0.33</version>\n    </dependency>\n  </dependencies>\n</project>\n"
        ),
        ("jetty", "12.0.33"),
    ),
    "property list": (
        '<plist version="1.0"><dict><key>CFBundleVersion</key><string>2041.7</string></dict></plist>',
        ("CFBundleVersion", "2041.7"),
    ),
    "soap": (
        (
            '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><Balance '
            'cur="CHF">1917.35</Balance>'
            "</s:Body></s:Envelope>"
        ),
        ("1917.35",),
    ),
    "map": (
        (
            '<kml xmlns="http://www.opengis.net/kml/2.2"><Placemark><name>Old mill</name><Point><coordinates>'
            "-3.19,55.95,0</coordinates></Point></Placemark></kml>"
        ),
        ("Old mill", "-3.19,55.95,0"),
    ),
    "track": (
        (
            '<gpx version="1.1"><trk><trkseg><trkpt lat="46.55" lon="7.98"><ele>3454</ele>'
            "</trkpt></trkseg></trk></gpx>"
        ),
        ("3454",),
    ),
    "book": (
        (
            "<book><chapter><title>Knots</title><para>A <emphasis>bowline</emphasis> holds 60 % "
            "of the rope.</para>"
            "</chapter></book>"
        ),
        ("Knots", "holds 60 % of the rope."),
    ),
    "cdata": (
        "<config><script><![CDATA[if (a < b && c > 11) stop();]]></script></config>",
        ("a < b && c > 11",),
    ),
    "comments": (
        "<a><!-- bought in 1998 --><b>still works, 44 V</b><?robot off?></a>",
        ("still works, 44 V",),
    ),
    "own entity": (
        '<!DOCTYPE n [<!ENTITY firm "Nordwind &amp; Co">]><n><by>&firm;</by><total>734.10</total></n>',
        ("734.10",),
    ),
    "entities": ("<t><q>&#8220;Caf&#233;&#8221; &amp; bar, seats 27 &lt; 30</q></t>", ("seats 27",)),
    "mixed": ("<p>The <b>seventh</b> son of a <i>seventh</i> son, born 1787.</p>", ("son, born 1787.",)),
    "strings": (
        (
            '<resources>\n  <string name="save">Speichern</string>\n  <string name="lost">'
            "%1$d Dateien verloren</string>\n</resources>"
        ),
        ("%1$d Dateien verloren",),
    ),
    "empty elements": ("<a><b/><c></c><d x='1'/><e>the fifth</e></a>", ("the fifth",)),
    "many alphabets": (
        f"<t><ja>{tongues.JAPANESE.text}</ja><he>{tongues.HEBREW.text}</he></t>",
        (tongues.JAPANESE.fact,),
    ),
    "not closed": ("<orders><order><id>55-B</id><order><id>56-B</id></orders>", ("56-B",)),
}


def document(text: str, facts: tuple[str, ...], name: str = "file.xml") -> Sample:
    return Sample(name, (_HEAD + text).encode(), tuple(Needle(fact) for fact in facts))


def declared(encoding: str, paragraph: tongues.Paragraph, python: str = "") -> Sample:
    """A file that names its encoding."""
    text = f'<?xml version="1.0" encoding="{encoding}"?>\r\n<note><body>{paragraph.text}</body></note>\r\n'
    return Sample("note.xml", text.encode(python or encoding), (Needle(paragraph.fact),))


def large() -> Sample:
    items = "".join(f'<item sku="S{n}"><left>{n % 91}</left></item>' for n in range(20_000))
    return document(
        f"<stock>{items}<item><left>none since Easter</left></item></stock>", ("none since Easter",)
    )


MAKERS: dict[str, Maker] = {
    **{name: partial(document, *case) for name, case in _FILES.items()},
    "iso-8859-1": partial(declared, "ISO-8859-1", tongues.SPANISH),
    "windows-1251": partial(declared, "windows-1251", tongues.RUSSIAN),
    "shift-jis": partial(declared, "Shift_JIS", tongues.JAPANESE),
    "utf-16": partial(declared, "UTF-16", tongues.GREEK),
    "large": large,
}
