"""Compares libraries that read files: words found, speed, weight, import time and licence.

    python -m bench.extraction FOLDER...

reads every PDF, DOCX, XLSX, PPTX and HTML file under the folders with each library that is installed. There
is no true text to compare with, so the measure is agreement: of the words that at least two libraries found
in a file, the share that this one found too. Each library reads in a process of its own, with a time limit.
"""

from __future__ import annotations

import importlib.metadata
import json
import multiprocessing
import re
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

FILE_LIMIT_S = 60.0


def _pypdfium2(path: Path) -> str:
    import pypdfium2

    with pypdfium2.PdfDocument(path) as document:
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)


def _pypdf(path: Path) -> str:
    from pypdf import PdfReader

    return "\n".join(page.extract_text() for page in PdfReader(path).pages)


def _pdfminer(path: Path) -> str:
    from pdfminer.high_level import extract_text

    return str(extract_text(path))


def _markitdown(path: Path) -> str:
    from markitdown import MarkItDown

    return str(MarkItDown().convert(path).text_content)


def _kreuzberg(path: Path) -> str:
    import kreuzberg

    return str(kreuzberg.extract_file_sync(path).content)


def _python_docx(path: Path) -> str:
    import docx

    def texts() -> Iterable[str]:
        for block in docx.Document(str(path)).iter_inner_content():
            if isinstance(block, docx.table.Table):
                yield from (cell.text for row in block.rows for cell in row.cells)
            else:
                yield block.text

    return "\n".join(texts())


def _mammoth(path: Path) -> str:
    import mammoth

    with path.open("rb") as stream:
        return str(mammoth.extract_raw_text(stream).value)


def _docx2python(path: Path) -> str:
    from docx2python import docx2python

    with docx2python(path) as document:
        return str(document.text)


def _openpyxl(path: Path) -> str:
    import openpyxl

    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    rows = (row for sheet in book.worksheets for row in sheet.iter_rows(values_only=True))
    return "\n".join(" ".join("" if cell is None else str(cell) for cell in row) for row in rows)


def _calamine(path: Path) -> str:
    import python_calamine

    book = python_calamine.CalamineWorkbook.from_path(path)
    rows = (row for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python())
    # All numbers are floats in the file; the others show whole ones without a point.
    return "\n".join(" ".join(str(cell).removesuffix(".0") for cell in row) for row in rows)


def _python_pptx(path: Path) -> str:
    from pptx import Presentation

    shapes = (shape for slide in Presentation(str(path)).slides for shape in slide.shapes)
    return "\n".join(shape.text_frame.text for shape in shapes if shape.has_text_frame)


def _lxml(path: Path) -> str:
    from lxml import html

    return str(html.parse(path).getroot().text_content())


def _selectolax(path: Path) -> str:
    from selectolax.lexbor import LexborHTMLParser

    return str(LexborHTMLParser(path.read_bytes()).text(separator=" "))


def _beautifulsoup(path: Path) -> str:
    from bs4 import BeautifulSoup

    return str(BeautifulSoup(path.read_bytes(), "html.parser").get_text(" "))


def _trafilatura(path: Path) -> str:
    import trafilatura

    return trafilatura.extract(path.read_text(errors="replace")) or ""


def _vtai(path: Path) -> str:
    """What VT.ai itself makes of the file, with its notes left out."""
    from vtai.providers.reading.documents_job import read
    from vtai.providers.reading.limits import Limits

    options = {"name": path.name, "path": str(path), "limits": Limits(characters=10**9).as_options()}
    passages = json.loads(read(b"", options)[1])["passages"]
    return "\n".join(text for _, text in passages)


@dataclass(frozen=True)
class Contender:
    """A library: how it is called on the index, what it reads, and how."""

    package: str
    suffixes: tuple[str, ...]
    read: Callable[[Path], str]


CONTENDERS = (
    Contender("pypdfium2", (".pdf",), _pypdfium2),
    Contender("pypdf", (".pdf",), _pypdf),
    Contender("pdfminer.six", (".pdf",), _pdfminer),
    Contender("mammoth", (".docx",), _mammoth),
    Contender("python-docx", (".docx",), _python_docx),
    Contender("docx2python", (".docx",), _docx2python),
    Contender("python-calamine", (".xlsx",), _calamine),
    Contender("openpyxl", (".xlsx",), _openpyxl),
    Contender("python-pptx", (".pptx",), _python_pptx),
    Contender("lxml", (".html",), _lxml),
    Contender("selectolax", (".html",), _selectolax),
    Contender("beautifulsoup4", (".html",), _beautifulsoup),
    Contender("trafilatura", (".html",), _trafilatura),
    Contender("vtai", (".pdf", ".docx", ".xlsx", ".pptx", ".html"), _vtai),
    Contender("markitdown", (".pdf", ".docx", ".xlsx", ".pptx", ".html"), _markitdown),
    Contender("kreuzberg", (".pdf", ".docx", ".xlsx", ".pptx", ".html"), _kreuzberg),
)


@dataclass
class Reading:
    """What a library made of the files of one kind. `words` is None where it failed."""

    contender: Contender
    first_s: float = 0.0
    seconds: list[float] = field(default_factory=list)
    words: dict[Path, Counter[str] | None] = field(default_factory=dict)


def main(folders: list[str]) -> None:
    """Prints a table for each kind of file."""
    for suffix in (".pdf", ".docx", ".xlsx", ".pptx", ".html"):
        paths = sorted(path for folder in folders for path in Path(folder).rglob(f"*{suffix}"))
        contenders = [one for one in CONTENDERS if suffix in one.suffixes and _version(one.package)]
        if paths and contenders:
            print(f"\n{suffix}: {len(paths)} files")
            _print([_reading(contender, paths) for contender in contenders], paths)


def _version(package: str) -> str:
    with suppress(importlib.metadata.PackageNotFoundError):
        return importlib.metadata.version(package)
    return ""


def _licence(package: str) -> str:
    about = importlib.metadata.metadata(package)
    said = about.get("License-Expression") or about.get("License") or ""
    classified = [line for line in about.get_all("Classifier") or () if line.startswith("License ::")]
    return said.splitlines()[0][:24] if said else "".join(classified).rpartition(":: ")[2][:24]


def _megabytes(package: str) -> float:
    """The package on disk, without what it depends on."""
    files = importlib.metadata.files(package) or ()
    paths = (Path(str(file.locate())) for file in files)
    return sum(path.stat().st_size for path in paths if path.is_file()) / 1e6


def _reading(contender: Contender, paths: list[Path]) -> Reading:
    reading = Reading(contender)
    child: tuple[Connection, multiprocessing.process.BaseProcess] | None = None
    for path in paths:
        is_first = child is None
        connection, process = child = child or _start(contender)
        began = time.perf_counter()
        connection.send(path)
        text = _answer(connection)
        seconds = time.perf_counter() - began
        if is_first:
            reading.first_s = reading.first_s or seconds
        else:
            reading.seconds.append(seconds)
        reading.words[path] = None if text is None else Counter(re.findall(r"\w+", text.lower()))
        if text is None:
            process.kill()
            child = None
    if child:
        child[1].kill()
    return reading


def _answer(connection: Connection) -> str | None:
    with suppress(EOFError, ConnectionError):
        if connection.poll(FILE_LIMIT_S):
            answer: str | None = connection.recv()
            return answer
    return None


def _start(contender: Contender) -> tuple[Connection, multiprocessing.process.BaseProcess]:
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=_serve, args=(there, CONTENDERS.index(contender)), daemon=True
    )
    process.start()
    there.close()
    return here, process


def _serve(connection: Connection, index: int) -> None:
    while True:
        path = connection.recv()
        try:
            text = CONTENDERS[index].read(path)
        except Exception:  # noqa: BLE001 any failure counts as one
            text = None
        connection.send(text)


def _print(readings: list[Reading], paths: list[Path]) -> None:
    agreed = {path: _agreed([reading.words.get(path) for reading in readings]) for path in paths}
    print(
        f"{'library':16}{'version':>11}{'failed':>8}{'words':>8}{'median ms':>11}{'total s':>9}{'first s':>9}"
        f"{'MB':>7}  licence"
    )
    for reading in readings:
        wanted = sum(counter.total() for counter in agreed.values())
        found = sum(((reading.words[path] or Counter()) & agreed[path]).total() for path in paths)
        failed = sum(words is None for words in reading.words.values())
        package, seconds = reading.contender.package, reading.seconds or [reading.first_s]
        print(
            f"{package:16}{_version(package)[:10]:>11}{failed:8}{found / (wanted or 1):8.1%}"
            f"{1000 * statistics.median(seconds):11.1f}{sum(reading.seconds):9.2f}{reading.first_s:9.2f}"
            f"{_megabytes(package):7.1f}  {_licence(package)}"
        )


def _agreed(found: list[Counter[str] | None]) -> Counter[str]:
    """The words that at least two found."""
    pairs: Counter[str] = Counter()
    for index, one in enumerate(found):
        for other in found[index + 1 :]:
            pairs |= (one or Counter()) & (other or Counter())
    return pairs


if __name__ == "__main__":
    main(sys.argv[1:])
