"""The web for the assistant: searching it, and reading pages of it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from vtai.core.events import Source, SourcesFound
from vtai.core.marks import marked
from vtai.core.ports import ToolContext, ToolEvent, ToolResult
from vtai.core.web import Page, SearchRequest
from vtai.tools.tool import tool


class PageSettings(BaseModel):
    """The table [tool.read_page] of tools.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_characters: int = Field(default=12_000, ge=500, le=100_000)
    """Most characters of one page that the model reads at once."""


@tool
async def search_web(
    query: Annotated[
        str, Field(description="What to search for, as one types it.", min_length=2, max_length=400)
    ],
    context: ToolContext,
    is_news: Annotated[bool, Field(description="Whether to look for news.")] = False,
) -> AsyncGenerator[ToolEvent, None]:
    """Searches the web. Gives titles, addresses and short passages, each with a number to cite as [1]."""
    options = context.turn.preferences.search
    found = await context.services.search.search(
        SearchRequest(
            query,
            options.max_results,
            topic="news" if is_news else "general",
            time_range=options.time_range,
            region=options.region,
            safe_search=options.safe_search,
        )
    )
    sources = tuple(Source(0, hit.title, hit.url, hit.snippet, published=hit.published) for hit in found.hits)
    numbered = context.numbering.add(sources)
    if numbered:
        yield numbered
    pages = [
        marked(
            "page",
            source.passage,
            number=str(context.numbering.number(source.url)),
            title=source.title,
            url=source.url,
            published=source.published or "",
        )
        for source in sources
    ]
    listed = "\n".join(f"{source.title}\n{source.url}" for source in sources)
    yield ToolResult("\n".join(pages) or "Nothing was found.", listed or "Nothing was found.")


@tool(settings=PageSettings)
async def read_page(
    url: Annotated[str, Field(description="The address, with https://.", max_length=2_000)],
    context: ToolContext,
    settings: PageSettings,
    start: Annotated[int, Field(description="Passage to begin with, from 0, for long pages.", ge=0)] = 0,
) -> AsyncGenerator[ToolEvent, None]:
    """Reads a page of the web: its text without menus and advertisements, and a number to cite it by."""
    page = await context.services.pages.read(url)
    text, following = _fitting(page, start, settings.max_characters)
    source = Source(0, page.title, page.url, text[:1_000], page.site, page.published)
    if numbered := context.numbering.add((source,)):
        yield SourcesFound(numbered.sources)
    body = marked(
        "page",
        text,
        number=str(context.numbering.number(page.url)),
        title=page.title,
        url=page.url,
        published=page.published or "",
    )
    rest = f"\n(It goes on: call again with start={following}.)" if following else ""
    if not text:
        rest = f"\n(There is nothing from passage {start} on.)"
    notes = "".join(f"\n({note})" for note in page.notes)
    yield ToolResult(f"{body}{rest}{notes}", f"{page.title}\n{page.url}\n\n{text}")


def _fitting(page: Page, start: int, room: int) -> tuple[str, int | None]:
    """Passages from `start` while there is room, and where to go on."""
    taken: list[str] = []
    for at, passage in enumerate(page.passages[start:], start):
        if taken and sum(map(len, taken)) + len(passage) > room:
            return "\n\n".join(taken), at
        taken.append(passage[:room])
    return "\n\n".join(taken), None
