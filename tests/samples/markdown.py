"""Markdown as it is written in notes, repositories and sites."""

from __future__ import annotations

import textwrap
from functools import partial

from tests.samples import tongues
from tests.samples.sample import Maker, Needle, Sample

# Each case: the text and the fact in it.
_NOTES: dict[str, tuple[str, str]] = {
    "headings": (
        """\
        # Garden

        ## Spring

        Sow the broad beans in February.

        ## Autumn

        Garlic goes in before the first frost.
        """,
        "Garlic goes in before the first frost.",
    ),
    "underlined headings": (
        (
            "Minutes\n=======\n\nPresent\n-------\n\nAda, Grace, "
            "Linus\n\nDecided\n-------\n\nThe rent rises by 4 %.\n"
        ),
        "The rent rises by 4 %.",
    ),
    "front matter": (
        (
            "---\ntitle: Running shoes\ntags: [sport, review]\ndraft: false\n---\n\nThey "
            "weigh **212 grams** in size 42.\n"
        ),
        "They weigh **212 grams** in size 42.",
    ),
    "toml front matter": (
        '+++\ntitle = "Harbour"\ndate = 2026-02-03\n+++\n\nThe ferry leaves from pier nine.\n',
        "The ferry leaves from pier nine.",
    ),
    "table": (
        (
            "| Station | km | Change |\n|:--------|---:|:------:|\n| Leith   |  0 | no "
            "|\n| Dunbar  | 47 | yes |\n"
        ),
        "| Dunbar  | 47 | yes |",
    ),
    "code fence": (
        "Restart it with\n\n```bash\nsystemctl restart lamp.service\n```\n\nand wait.\n",
        "systemctl restart lamp.service",
    ),
    "nested lists": (
        "1. Pack\n   - tent\n     - 14 pegs\n   - stove\n2. Drive\n   * fuel at Tebay\n",
        "- 14 pegs",
    ),
    "task list": ("- [x] book flights\n- [ ] renew the passport by 9 June\n", "renew the passport by 9 June"),
    "reference links": (
        "See the [manual][1] for the torque, 25 Nm.\n\n[1]: https://example.org/manual 'Manual'\n",
        "for the torque, 25 Nm.",
    ),
    "images": (
        "![The valve, closed](valve.png)\n\nTurn it **a quarter** to the left.\n",
        "Turn it **a quarter** to the left.",
    ),
    "html inside": (
        "<details><summary>Answer</summary>\n\nThe capital is Ouagadougou.\n\n</details>\n",
        "The capital is Ouagadougou.",
    ),
    "footnotes": (
        "Trade fell sharply.[^1]\n\n[^1]: By 31 per cent in 1932, after Kindleberger.\n",
        "By 31 per cent in 1932, after Kindleberger.",
    ),
    "math": (
        "The energy is $E = mc^2$ and\n\n$$\\int_0^1 x^2\\,dx = \\tfrac{1}{3}$$\n",
        "\\int_0^1 x^2\\,dx = \\tfrac{1}{3}",
    ),
    "quotations": (
        "> On Tue, Ines wrote:\n>\n> > The deposit is 600 francs.\n>\n> I shall pay it.\n",
        "The deposit is 600 francs.",
    ),
    "change log": (
        (
            "# Changes\n\n## [2.1.0] - 2026-01-19\n\n### Fixed\n\n- Dates before 1900 sort "
            "correctly (#482)\n\n## [2.0.0]\n"
        ),
        "Dates before 1900 sort correctly (#482)",
    ),
    "definitions": ("Warp\n: the threads that run lengthways, 38 to the inch\n", "38 to the inch"),
    "comments": (
        "<!-- hidden: ask Olu -->\nMeet at *Café Zénith*, table 5.\n",
        "Meet at *Café Zénith*, table 5.",
    ),
    "escapes": (
        "1\\. is no list, \\*this\\* no emphasis; the answer is 1\\_048\\_576.\n",
        "no emphasis; the answer",
    ),
}


def note(text: str, fact: str) -> Sample:
    text = textwrap.dedent(text)
    line = next(number for number, row in enumerate(text.splitlines(), 1) if fact in row)
    return Sample("note.md", text.encode(), (Needle(fact, number=line),))


def handbook() -> Sample:
    """300 sections, longer than a model takes."""
    parts = [f"## Rule {n}\n\n" + f"Whoever breaks rule {n} buys a round. " * 8 for n in range(1, 301)]
    parts[210] += "Except on Sundays, when it is tea."
    return Sample(
        "handbook.markdown", "\n\n".join(parts).encode(), (Needle("Except on Sundays, when it is tea."),)
    )


def german_with_mark() -> Sample:
    text = f"# Aushang\r\n\r\n{tongues.GERMAN.text}\r\n"
    return Sample("AUSHANG.MD", text.encode("utf-8-sig"), (Needle(tongues.GERMAN.fact, number=3),))


def japanese_notes() -> Sample:
    text = f"# お知らせ\n\n- 項目\n\n{tongues.JAPANESE.text}\n"
    return Sample("お知らせ.md", text.encode(), (Needle(tongues.JAPANESE.fact, number=5),))


MAKERS: dict[str, Maker] = {
    **{name: partial(note, *case) for name, case in _NOTES.items()},
    "long handbook": handbook,
    "german, windows": german_with_mark,
    "japanese": japanese_notes,
}
