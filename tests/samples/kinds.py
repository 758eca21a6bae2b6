"""Every kind of file with its makers."""

from __future__ import annotations

from collections.abc import Mapping

from tests.samples import (
    archives,
    books,
    code,
    letters,
    logs,
    mails,
    markdown,
    markup,
    notebooks,
    objects,
    pages,
    pdfs,
    settings_files,
    sheets,
    tables,
    talks,
    texts,
)
from tests.samples.sample import Maker

KINDS: Mapping[str, Mapping[str, Maker]] = {
    "txt": texts.MAKERS,
    "md": markdown.MAKERS,
    "csv": tables.CSV,
    "tsv": tables.TSV,
    "json": objects.MAKERS,
    "yaml": settings_files.MAKERS,
    "xml": markup.MAKERS,
    "html": pages.MAKERS,
    "code": code.MAKERS,
    "log": logs.MAKERS,
    "pdf": pdfs.MAKERS,
    "docx": letters.MAKERS,
    "xlsx": sheets.MAKERS,
    "pptx": talks.MAKERS,
    "epub": books.MAKERS,
    "ipynb": notebooks.MAKERS,
    "eml": mails.MAKERS,
    "zip": archives.MAKERS,
}
