"""Takes out of a page's tree what people do not see, and what is not its text: menus, banners, comments."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from vtai.providers.pages import styles

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_NEVER_SHOWN: Final = frozenset(
    {
        "script",
        "style",
        "template",
        "noscript",
        "svg",
        "math",
        "iframe",
        "object",
        "embed",
        "canvas",
        "audio",
        "video",
        "map",
        "datalist",
        "select",
        "textarea",
        "input",
        "button",
        "noembed",
        "noframes",
        "applet",
        "param",
        "source",
        "track",
        "slot",
        "link",
        "meta",
        "portal",
        "fencedframe",
    }
)
_HIDING_CLASSES: Final = frozenset(
    {
        "sr-only",
        "visually-hidden",
        "visuallyhidden",
        "screen-reader-text",
        "screen-reader-only",
        "screenreader-only",
        "d-none",
        "u-hidden",
    }
)
_MENU_ROLES: Final = frozenset(
    {"navigation", "contentinfo", "search", "menu", "menubar", "dialog", "alertdialog", "toolbar"}
)
_KEPT: Final = frozenset({"html", "head", "body", "main"})
_PROSE: Final = frozenset({"article", "main", "blockquote"})
_BOXES: Final = frozenset({"div", "section", "aside", "form", "dialog", "p", "ul"})
_BANNER: Final = re.compile(
    r"(?:^|[\s_-])(?:cookies?|gdpr|ccpa|onetrust|cybot\w*|didomi|truste|usercentrics|cmp|consent|cc-window)"
    r"(?:$|[\s_-]|banner|bar|notice|consent|popup|modal|box|wall|law)",
    re.IGNORECASE,
)
_COMMENTS: Final = frozenset(
    {
        "comments",
        "comment-list",
        "comments-area",
        "commentlist",
        "comments-section",
        "comment-section",
        "disqus_thread",
        "respond",
    }
)
_MOST_BANNER: Final = 2_500
_LEAST_LEFT: Final = 200


class Pruned:
    """What was taken out of a tree: `hidden` are the characters that nobody would have seen."""

    def __init__(self, root: HtmlElement) -> None:
        self.hidden = 0
        self._root = root
        self._hiding = frozenset(
            name for sheet in root.iter("style") for name in styles.hiding_names((sheet.text or "")[:300_000])
        )
        self._grounds: dict[HtmlElement, styles.Colour | None] = {}

    def prune(self) -> None:
        """Takes out hidden text first, so that it does not count as the page's own."""
        self._take(self._hidden())
        self._take(self._menus())
        self._take(self._comments(), least_left=_LEAST_LEFT)

    def _take(self, found: list[HtmlElement], least_left: int = 0) -> None:
        if least_left and found:
            size = sum(_size(element) for element in found)
            if _size(self._root) - size < max(least_left, size // 4):
                return  # these are what the page is about
        for element in found:
            if element.getparent() is not None:
                element.drop_tree()

    def _hidden(self) -> list[HtmlElement]:
        found: list[HtmlElement] = []
        within: set[HtmlElement] = set()
        for element in self._root.iter("*"):
            parent = element.getparent()
            if parent in within:
                within.add(element)
            elif element.tag not in _KEPT and element.tag in _NEVER_SHOWN:
                within.add(element)
                found.append(element)
            elif self._is_unseen(element, parent) and element.tag not in _KEPT:
                within.add(element)
                found.append(element)
                self.hidden += _size(element)
        return found

    def _is_unseen(self, element: HtmlElement, parent: HtmlElement | None) -> bool:
        """Whether people do not see it. Notes the colour behind it for what is within."""
        attributes = element.attrib
        ground = self._grounds.get(parent) if parent is not None else None
        style = styles.read(attributes["style"]) if "style" in attributes else {}
        own = (
            style.get("background-color") or style.get("background") or attributes.get("bgcolor", "").lower()
        )
        ground = (styles.colour(own) or ground) if own else ground
        if ground is not None:
            self._grounds[element] = ground
        if not attributes:
            return False
        return (
            _is_marked(element)
            or (bool(style) and styles.is_hiding(style))
            or (bool(self._hiding) and not self._hiding.isdisjoint(_names(element)))
            or _is_of_its_ground(style, attributes, ground)
        )

    def _menus(self) -> list[HtmlElement]:
        found: list[HtmlElement] = []
        within: set[HtmlElement] = set()
        prose: set[HtmlElement] = set()
        for element in self._root.iter("*"):
            parent = element.getparent()
            if parent in within:
                within.add(element)
                continue
            if element.tag in _PROSE or parent in prose:
                prose.add(element)
            if element.tag not in _KEPT and _is_menu(element, in_prose=element in prose):
                within.add(element)
                found.append(element)
        return found

    def _comments(self) -> list[HtmlElement]:
        named = (element for element in self._root.iter("div", "section", "ol", "ul", "aside"))
        found = [element for element in named if _COMMENTS & {element.get("id", ""), *_classes(element)}]
        outer = set(found)
        return [element for element in found if not any(above in outer for above in element.iterancestors())]


def _is_marked(element: HtmlElement) -> bool:
    attributes = element.attrib
    if attributes.get("hidden", "shown").lower() not in {"shown", "until-found"}:
        return True
    if attributes.get("aria-hidden", "").lower() == "true":
        return True
    if element.tag == "dialog" and "open" not in attributes:
        return True
    if element.tag == "font" and attributes.get("size", "") == "0":
        return True
    return not _HIDING_CLASSES.isdisjoint(_classes(element))


def _is_of_its_ground(style: styles.Style, attributes: dict[str, str], ground: styles.Colour | None) -> bool:
    """Whether its letters have the colour of what is behind them: white where nothing else is said."""
    value = style.get("color") or style.get("-webkit-text-fill-color") or attributes.get("color", "").lower()
    if not value:
        return False
    if styles.is_transparent(value):
        return "background-clip" not in style and "-webkit-background-clip" not in style
    said = styles.colour(value)
    return said is not None and styles.are_near(said, ground or styles.WHITE)


def _is_menu(element: HtmlElement, *, in_prose: bool) -> bool:
    attributes = element.attrib
    if element.tag == "nav" or attributes.get("role", "") in _MENU_ROLES:
        return True
    if element.tag in {"footer", "aside"} and not in_prose:
        return True
    if element.tag not in _BOXES:
        return False
    names = f"{attributes.get('id', '')} {attributes.get('class', '')}"[:500]
    return _BANNER.search(names) is not None and _size(element) < _MOST_BANNER


def _classes(element: HtmlElement) -> list[str]:
    classes: list[str] = element.get("class", "")[:2_000].split()
    return classes


def _names(element: HtmlElement) -> list[str]:
    return [f".{name}" for name in _classes(element)] + [f"#{element.get('id', '')}"]


def _size(element: HtmlElement) -> int:
    return sum(len(text.strip()) for text in element.itertext())
