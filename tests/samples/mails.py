"""Mails as programs send them: parts, encodings, heads in other alphabets, attachments, mails in mails."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage
from email.policy import SMTP
from functools import partial

from tests.samples import tongues
from tests.samples.sample import Maker, Needle, Sample
from tests.samples.tongues import Paragraph

_HEAD = (
    "From: Ola Berg <ola@example.org>\r\nTo: team@example.org\r\nDate: Wed, 04 Mar 2026 07:08:09 +0100\r\n"
)


def mail(subject: str = "Plans", sender: str = "Ola Berg <ola@example.org>") -> EmailMessage:
    made = EmailMessage(policy=SMTP)
    made["From"], made["To"], made["Subject"] = sender, "team@example.org", subject
    made["Date"], made["Message-ID"] = "Wed, 04 Mar 2026 07:08:09 +0100", "<1@example.org>"
    return made


def posted(
    made: EmailMessage, *facts: str, absent: tuple[str, ...] = (), boundary: str = "=-=-part-=-="
) -> Sample:
    for number, part in enumerate(made.walk()):
        if part.is_multipart() and part.get_content_type() != "message/rfc822":
            part.set_boundary(f"{boundary}{number}")
    return Sample(
        "mail.eml",
        made.as_bytes(),
        tuple(Needle(fact) for fact in facts),
        absent,
        media_type="message/rfc822",
    )


def raw(text: str, *facts: str, encoding: str = "utf-8") -> Sample:
    """A mail written by hand, as older programs do."""
    data = text.replace("\r\n", "\n").replace("\n", "\r\n").encode(encoding)
    return Sample("raw.eml", data, tuple(Needle(fact) for fact in facts), media_type="message/rfc822")


def letter(transfer: str, paragraph: Paragraph = tongues.ENGLISH, charset: str = "utf-8") -> Sample:
    made = mail()
    made.set_content(paragraph.text, charset=charset, cte=transfer)
    return posted(made, paragraph.fact, "Plans", "ola@example.org")


def both_forms() -> Sample:
    made = mail("Two forms")
    made.set_content("The plain form says room 14.")
    made.add_alternative(
        "<p>The rich form says <b>room 14</b>.</p><style>p{color:tan}</style>", subtype="html"
    )
    return posted(made, "room 14", absent=("color:tan",))


def rich_only() -> Sample:
    made = mail("Newsletter")
    made.set_content(
        (
            "<html><body><h1>Offer</h1><p>Skates from 49&nbsp;&euro; until Friday</p>"
            "<script>track(1)</script></body></html>"
        ),
        subtype="html",
    )
    return posted(made, "Skates from 49", absent=("track(1)",))


def attached(name: str, data: bytes, kind: str, *facts: str) -> Sample:
    """A mail with a file; its name has to be told."""
    made = mail("See attached")
    made.set_content("The file is attached, answer by noon.")
    main, _, sub = kind.partition("/")
    made.add_attachment(data, maintype=main, subtype=sub, filename=name)
    return posted(made, "answer by noon.", name, *facts)


def in_line() -> Sample:
    made = mail("Photo")
    made.set_content("plain")
    made.add_alternative('<p>Berth 31 <img src="cid:a1"></p>', subtype="html")
    html = made.get_payload()[1]  # type: ignore[index]
    html.add_related(b"\x89PNG\r\n\x1a\n" + bytes(300), "image", "png", cid="<a1>")  # type: ignore[union-attr]
    return posted(made, "plain")


def forwarded() -> Sample:
    inner = mail("Original offer", "Priya Nair <priya@example.net>")
    inner.set_content("We offer 12 pumps at 880 each.")
    made = mail("Fwd: Original offer")
    made.set_content("See below.")
    made.add_attachment(inner)
    return posted(made, "See below.", "We offer 12 pumps at 880 each.", "Original offer")


def heads(subject: str, sender: str) -> Sample:
    made = mail(subject, sender)
    made.set_content("The heads are in another alphabet.")
    return posted(made, subject, sender.partition(" <")[0].strip('"'))


def thread() -> Sample:
    lines = [
        "Agreed, 6 pm.",
        "",
        "> On Monday Ida wrote:",
        "> Shall we say 6?",
        ">",
        "> > On Sunday Bo wrote:",
        "> > The court is number 9.",
    ]
    made = mail("Re: Re: Tennis")
    made.set_content("\n".join(lines))
    return posted(made, "Agreed, 6 pm.", "The court is number 9.")


def long_list() -> Sample:
    made = mail("Minutes")
    text = "\n".join(f"{n}. Item {n} was noted." for n in range(1, 4_001))
    made.set_content(text.replace("Item 3333 was noted.", "Item 3333: the roof leaks above desk 8."))
    return posted(made, "the roof leaks above desk 8.")


_DECLARED = "MIME-Version: 1.0\nContent-Type: {}; charset={}\nContent-Transfer-Encoding: {}\n\n"
_PARTED = (
    _HEAD + "Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?= =?utf-8?B?IGF1cyBMaW56?=\nMIME-Version: "
    '1.0\nContent-Type: multipart/mixed; boundary="b1"\n\n'
    "This is a message in parts.\n--b1\nContent-Type: text/plain; charset=us-ascii\n\nfirst part\n--b1\n"
    "Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: "
    "quoted-printable\n\nDie T=FCr hat Schl=FCssel 44=\n7.\n--b1--\n"
)

_FILES: dict[str, Callable[[], Sample]] = {
    "csv attached": partial(attached, "figures.csv", b"a,b\n1,2\n", "text/csv"),
    "pdf attached": partial(attached, "offer.pdf", b"%PDF-1.4\n%%EOF", "application/pdf"),
    "attached with accents": partial(attached, "Übersicht März.txt", b"Stand: 31 Boxen", "text/plain"),
    "zip attached": partial(attached, "all.zip", b"PK\x05\x06" + bytes(18), "application/zip"),
}

MAKERS: dict[str, Maker] = {
    "plain": partial(letter, "7bit"),
    "quoted printable": partial(letter, "quoted-printable", tongues.GERMAN),
    "base 64": partial(letter, "base64", tongues.RUSSIAN),
    "8 bit": partial(letter, "8bit", tongues.FRENCH),
    "iso-8859-2": partial(letter, "quoted-printable", tongues.POLISH, "iso-8859-2"),
    "shift-jis": partial(letter, "base64", tongues.JAPANESE, "shift_jis"),
    "koi8-r": partial(letter, "8bit", tongues.RUSSIAN, "koi8-r"),
    "both forms": both_forms,
    "rich only": rich_only,
    "picture in it": in_line,
    "forwarded": forwarded,
    "thread": thread,
    "long": long_list,
    "heads in cyrillic": partial(heads, "Счёт за апрель № 118", "Анна Лис <anna@example.org>"),
    "heads in japanese": partial(heads, "六月の予定について", "佐藤 <sato@example.org>"),
    "long subject": partial(
        heads, "Re: " + "a rather long subject about the bridge " * 4 + "no. 27", "Ola Berg <ola@example.org>"
    ),
    "iso-2022-jp": partial(
        raw,
        _HEAD
        + "Subject: 1\n"
        + _DECLARED.format("text/plain", "iso-2022-jp", "7bit")
        + tongues.JAPANESE.text.replace("。", "。\n"),
        tongues.JAPANESE.fact,
        encoding="iso2022_jp",
    ),
    "parts by hand": partial(raw, _PARTED, "Grüße aus Linz", "first part", "Die Tür hat Schlüssel 447."),
    "no encoding named": partial(
        raw,
        _HEAD + "Subject: Miete\n\nDie Miete beträgt 615 €.\n",
        "Die Miete beträgt 615 €.",
        encoding="cp1252",
    ),
    "from a mailbox": partial(
        raw,
        "From ola@example.org Wed Mar  4 07:08:09 2026\n" + _HEAD + "Subject: Old\n\nKept since 1999.\n",
        "Kept since 1999.",
    ),
    "unknown encoding": partial(
        raw,
        _HEAD + _DECLARED.format("text/plain", "x-user-defined", "8bit") + "Seat 22F is free.",
        "Seat 22F is free.",
    ),
    "no end": partial(raw, _PARTED.removesuffix("--b1--\n"), "first part", "Schlüssel 447."),
    **_FILES,
}
