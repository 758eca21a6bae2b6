"""Plain text in the encodings and with the line ends that people's files have."""

from __future__ import annotations

from functools import partial

from tests.samples import tongues
from tests.samples.sample import Maker, Needle, Sample
from tests.samples.tongues import Paragraph


def letter(paragraph: Paragraph, encoding: str, newline: str, mark: bytes = b"") -> Sample:
    """A paragraph, broken into lines by its sentences, in an encoding."""
    before, _, after = paragraph.text.partition(paragraph.fact)
    parts = [before.strip(), paragraph.fact, after.strip()]
    text = newline.join(part for part in parts if part) + newline
    line = parts.index(paragraph.fact) + 1
    return Sample("letter.txt", mark + text.encode(encoding), (Needle(paragraph.fact, number=line),))


def long_line() -> Sample:
    words = " ".join(f"word{number}" for number in range(8_000))
    fact = "The spare key is under the third flowerpot."
    return Sample("one line.txt", f"{words} {fact}".encode(), (Needle(fact),))


def printout() -> Sample:
    """Pages parted by form feeds, columns by tabs, as line printers had them."""
    rows = [f"{number:05d}\tBolt M{number % 20}\t{number * 3 % 97} pcs" for number in range(1, 400)]
    rows[310] = "00311\tGasket, viton\t1,204 pcs"
    pages = ["\r\n".join(["STOCK LIST", *rows[start : start + 60]]) for start in range(0, len(rows), 60)]
    return Sample(
        "stock.TXT", "\r\n\f".join(pages).encode("ascii"), (Needle("00311 Gasket, viton 1,204 pcs"),)
    )


def ends_without_newline() -> Sample:
    text = "Notes\n\n\n\n" + "- nothing\n" * 30 + "\n\nRemember: the boiler man comes on Friday."
    return Sample("notes", text.encode(), (Needle("the boiler man comes on Friday.", number=37),))


def classic_mac() -> Sample:
    lines = ["Recipe", "400 g flour", "Bake for 35 minutes at 180 degrees.", "Serve cold."]
    return Sample("recipe.txt", "\r".join(lines).encode(), (Needle(lines[2], number=3),))


def damaged() -> Sample:
    """UTF-8 in which a few bytes were lost."""
    good = f"{tongues.FRENCH.text}\n\nRéférence du dossier : 77-Q-4018\n"
    data = good.encode() + b"\xff\xfe broken \xc3\n" + good.encode()
    return Sample("copie.txt", data, (Needle("Référence du dossier : 77-Q-4018"),))


def transcript() -> Sample:
    """Two hours of talk with times, the fact in the middle of 6,000 lines."""
    said = [
        f"[{n // 3600:02d}:{n // 60 % 60:02d}:{n % 60:02d}] SPEAKER {n % 3}: mm, part {n}."
        for n in range(6_000)
    ]
    said[4_711] = "[01:18:31] SPEAKER 2: the licence fee is eleven per cent of turnover."
    text = "\n".join(said)
    return Sample("meeting.txt", text.encode(), (Needle("the licence fee is eleven per cent", number=4_712),))


_LETTERS: dict[str, tuple[Paragraph, str, str, bytes]] = {
    "utf-8, unix": (tongues.ENGLISH, "utf-8", "\n", b""),
    "utf-8 with mark, windows": (tongues.GERMAN, "utf-8-sig", "\r\n", b""),
    "utf-16 little": (tongues.FRENCH, "utf-16-le", "\r\n", b"\xff\xfe"),
    "utf-16 big": (tongues.GREEK, "utf-16-be", "\n", b"\xfe\xff"),
    "utf-16 without mark": (tongues.ENGLISH, "utf-16-le", "\r\n", b""),
    "utf-32": (tongues.SPANISH, "utf-32", "\n", b""),
    "cp1252": (tongues.FRENCH, "cp1252", "\r\n", b""),
    "iso-8859-1": (tongues.SPANISH, "iso-8859-1", "\n", b""),
    "cp1250": (tongues.CZECH, "cp1250", "\r\n", b""),
    "shift-jis": (tongues.JAPANESE, "shift_jis", "\r\n", b""),
    "euc-jp": (tongues.JAPANESE, "euc_jp", "\n", b""),
    "koi8-r": (tongues.RUSSIAN, "koi8_r", "\n", b""),
    "cp1251": (tongues.RUSSIAN, "cp1251", "\r\n", b""),
    "gb18030": (tongues.CHINESE, "gb18030", "\r\n", b""),
    "big5": (tongues.TAIWANESE, "big5", "\r\n", b""),
    "euc-kr": (tongues.KOREAN, "euc_kr", "\n", b""),
    "arabic": (tongues.ARABIC, "utf-8", "\n", b""),
    "hindi": (tongues.HINDI, "utf-8", "\n", b""),
    "emoji": (tongues.EMOJI, "utf-8", "\n", b""),
}

MAKERS: dict[str, Maker] = {
    **{name: partial(letter, *case) for name, case in _LETTERS.items()},
    "one long line": long_line,
    "printout": printout,
    "no newline at the end": ends_without_newline,
    "classic mac": classic_mac,
    "damaged utf-8": damaged,
    "long transcript": transcript,
}
