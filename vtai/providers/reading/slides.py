"""Reads presentations (PPTX). Places are slides; notes, tables, charts and diagrams are read as well."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from vtai.providers.reading import packages
from vtai.providers.reading.source import Piece, Source, damaged
from vtai.providers.reading.splitting import of_blocks
from vtai.providers.reading.table_rows import line

if TYPE_CHECKING:
    from pptx.slide import Slide

_TEXT = "{http://schemas.openxmlformats.org/drawingml/2006/main}t"
_DIAGRAM_DATA = "diagramData"
_MOST_SHAPES = 5_000
_MOST_CHART_POINTS = 200


def read(source: Source) -> Iterator[Piece]:
    import pptx
    from lxml import etree
    from pptx.exc import PythonPptxError

    with packages.opened(source) as package:
        packages.refuse_declarations(package, source)
    try:
        show = pptx.Presentation(str(source.path))
        for number, slide in enumerate(show.slides, start=1):
            hidden = " (hidden)" if slide.element.get("show") == "0" else ""
            place = f"slide {number}{hidden}"
            yield from of_blocks((place, text) for text in _texts(slide))
    except (PythonPptxError, KeyError, AttributeError, ValueError, etree.XMLSyntaxError) as error:
        raise damaged(source.name) from error


def _texts(slide: Slide) -> Iterator[str]:
    title = slide.shapes.title
    if title is not None and title.text_frame.text.strip():
        yield f"# {title.text_frame.text.strip()}"
    for shape in _shapes(slide):
        if title is None or shape.shape_id != title.shape_id:
            yield from filter(None, (text.strip("\n") for text in _said(shape, slide)))
    if slide.has_notes_slide:
        frame = slide.notes_slide.notes_text_frame
        if frame is not None and frame.text.strip():
            yield f"Notes: {frame.text.strip()}"


def _shapes(slide: Slide) -> Iterator[Any]:
    """All shapes in reading order, those within groups as well. Without recursion: groups may nest deeply."""
    waiting = list(reversed(list(slide.shapes)))
    for _ in range(_MOST_SHAPES):
        if not waiting:
            return
        shape = waiting.pop()
        if hasattr(shape, "shapes"):
            waiting.extend(reversed(list(shape.shapes)))
        else:
            yield shape


def _said(shape: Any, slide: Slide) -> Iterator[str]:
    if shape.has_text_frame:
        yield shape.text_frame.text.replace("\x0b", "\n")
    elif getattr(shape, "has_table", False):
        yield from (line([cell.text for cell in row.cells]) for row in shape.table.rows)
    elif getattr(shape, "has_chart", False):
        # The library does not know every kind of chart.
        with suppress(NotImplementedError, KeyError, AttributeError, ValueError):
            yield from _chart(shape.chart)
    elif said := "".join(shape.element.xpath("./*[1]/*[local-name()='cNvPr']/@descr")).strip():
        yield f"[picture: {said}]"
    elif data := shape.element.xpath(".//*[local-name()='relIds']/@*[local-name()='dm']"):
        yield from _diagram(slide, data[0])


def _chart(chart: Any) -> Iterator[str]:
    if chart.has_title and chart.chart_title.has_text_frame:
        yield f"Chart: {chart.chart_title.text_frame.text}"
    for plot in chart.plots:
        categories = [str(category) for category in plot.categories][:_MOST_CHART_POINTS]
        if categories:
            yield line(["", *categories])
        for series in plot.series:
            values = ["" if value is None else f"{value:g}" for value in series.values][:_MOST_CHART_POINTS]
            yield line([series.name or "", *values])


def _diagram(slide: Slide, relation: str) -> Iterator[str]:
    """The words of a SmartArt diagram, which stand in a part of their own."""
    from lxml import etree

    part = slide.part.related_part(relation)
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    yield from (text.text or "" for text in etree.fromstring(part.blob, parser).iter(_TEXT))
