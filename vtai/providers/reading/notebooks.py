"""Reads Jupyter notebooks. Places are cells, counted from 1."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from vtai.core.documents import Passage
from vtai.providers.reading import markup, text_files
from vtai.providers.reading.source import Note, Piece, Source
from vtai.providers.reading.splitting import cut

_LONGEST_OUTPUT = 4_000


def read(source: Source) -> Iterator[Piece]:
    text, note = text_files.content(source)
    if note:
        # Half of a JSON text cannot be taken apart.
        yield from text_files.read(source)
        return
    notebook: dict[str, Any] = json.loads(text)
    metadata = notebook.get("metadata") or {}
    language = str((metadata.get("kernelspec") or {}).get("language") or "python")
    shortened = 0
    for number, cell in enumerate(_cells(notebook), start=1):
        if not isinstance(cell, dict):
            continue
        said = _joined(cell.get("source") or cell.get("input")).strip("\n")
        if said and cell.get("cell_type") == "code":
            said = f"```{language}\n{said}\n```"
        outputs = [_output(output) for output in cell.get("outputs") or () if isinstance(output, dict)]
        shortened += sum(len(output) > _LONGEST_OUTPUT for output in outputs)
        results = [f"Output:\n{output[:_LONGEST_OUTPUT]}" for output in outputs if output]
        yield from (
            Passage(f"cell {number}", part) for part in cut("\n".join(filter(None, [said, *results])))
        )
    if shortened:
        yield Note(f"Long outputs were cut after {_LONGEST_OUTPUT:,} characters ({shortened} of them).")


def _cells(notebook: dict[str, Any]) -> list[Any]:
    """All cells; before the fourth version of the format they stand in worksheets."""
    if "cells" in notebook:
        return list(notebook["cells"])
    return [cell for sheet in notebook["worksheets"] for cell in sheet["cells"]]


def _joined(lines: object) -> str:
    """Text that may stand as one string or as a list of lines."""
    return "".join(map(str, lines)) if isinstance(lines, list) else str(lines or "")


def _output(output: dict[str, Any]) -> str:
    match output.get("output_type"):
        case "stream":
            return _joined(output.get("text")).strip()
        case "error":
            return f"{output.get('ename')}: {output.get('evalue')}"
        case _:
            # Before the fourth version of the format the text stood beside the type.
            data = output.get("data") or {"text/plain": output.get("text")}
            pictures = [kind for kind in data if str(kind).startswith("image/")]
            shown = _joined(data.get("text/markdown") or data.get("text/plain"))
            if not shown and "text/html" in data:
                shown = markup.plain(_joined(data["text/html"]))
            return "\n".join([shown.strip(), *(f"[{kind}]" for kind in pictures)]).strip()
