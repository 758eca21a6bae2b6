"""The work on a page that happens in a child process: from the bytes of a page to passages of its text."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from vtai.core.errors import BadAttachment
from vtai.providers.pages import about, characters, cutting, injections
from vtai.providers.pages.decoding import decoded
from vtai.providers.pages.pruning import Pruned
from vtai.providers.reading import documents_job, markup

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from vtai.providers.pages.about import About

_MOST_CHARACTERS: Final = 200_000
# Below this the finder of the main text is not trusted to have found it.
_LITTLE: Final = 250
_MOST_ELEMENTS: Final = 40_000
_MOST_LOOKED_AT: Final = 300_000
_HIDDEN_WORTH_SAYING: Final = 40
_PAYWALL: Final = re.compile(
    r"subscribe (?:now )?(?:to|for) (?:read|continue|unlock|get|full|access|keep)"
    r"|already a (?:subscriber|member)"
    r"|subscribers? only|for subscribers|(?:to|and) (?:continue|keep) reading|unlock (?:this|the|full)"
    r"|become a (?:subscriber|member)|free articles?|sign in to read|start your (?:free )?trial"
    r"|jetzt (?:abonnieren|weiterlesen|testen)|mit abo\b|weiterlesen mit|nur f\u00fcr abonnent"
    r"|r\u00e9serv\u00e9 aux abonn\u00e9s|abonnez-vous|exclusivo para suscriptores|suscr\u00edbete para",
    re.IGNORECASE,
)
_CONSENT: Final = re.compile(
    r"before you continue|we (?:and our (?:\d+ )?partners )?(?:use|value|store) (?:cookies|your privacy)"
    r"|accept (?:all )?cookies|manage (?:your )?(?:consent|cookies|preferences)"
    r"|your privacy (?:choices|matters|settings)"
    r"|cookies akzeptieren|alle akzeptieren|zustimmen und weiter|accepter (?:tout|et continuer|les cookies)"
    r"|aceptar (?:todo|cookies)",
    re.IGNORECASE,
)
_MOST_TEASER: Final = 3_000
_MOST_WALL: Final = 1_200
_BLANK: Final = re.compile(r"\n{3,}")

Answer = tuple[dict[str, Any], bytes]


def page(payload: bytes, options: dict[str, Any]) -> Answer:
    """Reads HTML: {"title", "site", "published", "canonical", "refresh", "notes"}, and its passages as JSON.

    Options: `name` for errors, `host`, `content_type` as the server sent it, `is_cut`. No passages: there
    is no text. Raises BadAttachment for what cannot be decoded.
    """
    html = decoded(payload, options["content_type"], is_cut=options["is_cut"])
    if html is None:
        raise BadAttachment(f"{options['name']} is no text.", "Open it yourself, and paste what matters.")
    root = _parsed(html)
    if root is None:
        return _answer({"title": options["host"], "site": options["host"]}, "", [])
    what = about.of(root, options["host"])
    cut = Pruned(root)
    cut.prune()
    _shorten(root)
    is_smuggling = characters.is_smuggling(root.text_content())
    text = _main_text(root)
    notes = _notes(what, root, text)
    if cut.hidden >= _HIDDEN_WORTH_SAYING:
        notes.append("Text that is hidden from people on the page was left out.")
    if is_smuggling:
        notes.append("Invisible characters in its text were left out.")
    facts = {name: getattr(what, name) for name in ("title", "site", "published", "canonical", "refresh")}
    return _answer(facts, text, notes)


def document(payload: bytes, options: dict[str, Any]) -> Answer:
    """Reads PDF, JSON, XML or plain text, as `documents_job.read` does with the same options, as a page."""
    result, data = documents_job.read(payload, options)
    read = json.loads(data)
    notes = list(read["notes"])
    if result["scans"]:
        notes.append("Some of its pages are pictures of text, which were not read.")
    numbered = result["kind"] == "pdf"
    texts = [f"## {place}\n\n{text}" if numbered else text for place, text in read["passages"]]
    return _answer({"title": options["name"]}, "\n\n".join(texts), notes)


def _parsed(html: str) -> HtmlElement | None:
    from lxml import etree
    from lxml import html as lxml_html

    parser = lxml_html.HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=True
    )
    try:
        root = lxml_html.document_fromstring(html.encode("utf-8", "replace"), parser=parser)
    except etree.LxmlError:
        return None
    return root


def _main_text(root: HtmlElement) -> str:
    """The text of the page as Markdown: what is its own where that can be told, else all that is left."""
    found = _found(root)
    if len(found) >= _LITTLE:
        return found
    from lxml import etree

    everything = "\n\n".join(
        text for _, text in markup.blocks(etree.tostring(root, encoding="unicode", method="html"))
    )
    everything = "\n\n".join(part for part in everything.split("\n\n") if not part.startswith("Title: "))
    # A short page is read whole; of a long one little would be too little.
    return everything if len(everything) > len(found) else found


def _found(root: HtmlElement) -> str:
    import trafilatura

    if sum(1 for _ in root.iter()) > _MOST_ELEMENTS:
        return ""
    found = trafilatura.extract(
        root,
        output_format="markdown",
        include_comments=False,
        include_tables=True,
        include_images=False,
        include_links=False,
        include_formatting=True,
        with_metadata=False,
        deduplicate=False,
    )
    return characters.unescaped(found or "")


def _shorten(root: HtmlElement) -> None:
    """Drops what comes after more text than is read anyway: finding the main text takes its time."""
    seen = 0
    for element in root.iter("*"):
        seen += len(element.text or "") + len(element.tail or "")
        if seen > _MOST_LOOKED_AT:
            for above in (element, *element.iterancestors()):
                while (after := above.getnext()) is not None:
                    after.getparent().remove(after)
            return


def _notes(what: About, root: HtmlElement, text: str) -> list[str]:
    around = " ".join(root.text_content().split())[: _MOST_TEASER * 2]
    if what.is_free is False or (len(text) < _MOST_TEASER and _PAYWALL.search(around)):
        return ["It is behind a paywall: only what is shown without a subscription was read."]
    if len(text) < _MOST_WALL and _CONSENT.search(around):
        return ["It asks for consent to cookies first: what is behind that was not read."]
    return []


def _answer(facts: dict[str, Any], markdown: str, notes: list[str]) -> Answer:
    text = characters.visible(characters.unlinked(markdown[: 2 * _MOST_CHARACTERS]))
    text = _BLANK.sub("\n\n", text).strip()
    is_long = len(text) > _MOST_CHARACTERS
    if is_long:
        text = text[:_MOST_CHARACTERS].rsplit(None, 1)[0]
    text, count = injections.left_out(text)
    for name in ("title", "site"):
        if injections.is_addressed(facts.get(name, "")):
            facts[name], count = "", count + 1
    if count:
        notes.append("Sentences in it that are addressed to AI models were left out.")
    if is_long:
        notes.append(f"Only its first {_MOST_CHARACTERS:,} characters were read.")
    parts = list(cutting.passages(text))
    return {**facts, "notes": notes}, json.dumps(parts, ensure_ascii=False).encode("utf-8", "replace")
