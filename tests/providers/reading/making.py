"""Small files for the readers, and the readers without child processes."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vtai.core.documents import Document
from vtai.core.errors import VTError
from vtai.core.messages import Attachment
from vtai.providers.reading import documents_job
from vtai.providers.reading.files import FileReader
from vtai.providers.reading.limits import Limits

Answer = tuple[dict[str, Any], bytes]


@dataclass
class SameProcess:
    """A workshop that runs the jobs on documents here and now."""

    jobs: list[str] = field(default_factory=list)

    async def run(
        self, job: str, payload: bytes = b"", options: Mapping[str, Any] | None = None, timeout_s: float = 60
    ) -> Answer:
        name = job.partition(":")[2]
        self.jobs.append(name)
        # What goes through a pipe is JSON.
        return getattr(documents_job, name)(payload, json.loads(json.dumps(options or {})))


@dataclass
class Recogniser:
    """A workshop that "recognises" what it is told, once a page; an error is raised instead."""

    texts: list[str | VTError]
    pictures: list[bytes] = field(default_factory=list)

    async def run(
        self, job: str, payload: bytes = b"", options: Mapping[str, Any] | None = None, timeout_s: float = 60
    ) -> Answer:
        self.pictures.append(payload)
        match self.texts.pop(0):
            case VTError() as error:
                raise error
            case text:
                return {"text": text}, b""


def attachment(folder: Path, name: str, content: bytes | str, media_type: str = "") -> Attachment:
    path = folder / "0b5e"  # nothing is read from the name on disk
    raw = content.encode() if isinstance(content, str) else content
    path.write_bytes(raw)
    return Attachment(name, media_type, path, len(raw))


async def read(
    folder: Path,
    name: str,
    content: bytes | str,
    *,
    limits: Limits | None = None,
    ocr: Recogniser | None = None,
    media_type: str = "",
) -> Document:
    reader = FileReader(SameProcess(), ocr, limits or Limits())  # type: ignore[arg-type]
    return await reader.read(attachment(folder, name, content, media_type))


def said(document: Document) -> dict[str, str]:
    """What stands at each place."""
    found: dict[str, str] = {}
    for passage in document.passages:
        found[passage.place] = "\n".join(filter(None, [found.get(passage.place), passage.text]))
    return found


def packed(members: Mapping[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in members.items():
            package.writestr(name, content)
    return buffer.getvalue()


_OFFICE = "http://schemas.openxmlformats.org"


def word(body: str, more: Mapping[str, str] | None = None, encoding: str = "utf-8") -> bytes:
    """A Word document with this body. `more`: further parts by kind ("header"), their XML."""
    kinds = {
        kind: f"{_OFFICE}/officeDocument/2006/relationships/{kind}" for kind in ("styles", *(more or {}))
    }
    links = "".join(
        f'<Relationship Id="r{kind}" Type="{url}" Target="{kind}1.xml"/>' for kind, url in kinds.items()
    )
    names = f'xmlns:w="{_OFFICE}/wordprocessingml/2006/main"'
    types = "".join(
        f'<Override PartName="/word/{kind}1.xml" ContentType="application/vnd.openxmlformats-officedocument'
        f'.wordprocessingml.{kind}+xml"/>'
        for kind in kinds
    )
    main = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    return packed(
        {
            "[Content_Types].xml": f'<Types xmlns="{_OFFICE}/package/2006/content-types">'
            '<Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/word/document.xml" ContentType="{main}"/>{types}</Types>',
            "_rels/.rels": f'<Relationships xmlns="{_OFFICE}/package/2006/relationships">'
            f'<Relationship Id="r1" Type="{_OFFICE}/officeDocument/2006/relationships/officeDocument" '
            'Target="word/document.xml"/>'
            "</Relationships>",
            "word/_rels/document.xml.rels": f'<Relationships xmlns="{_OFFICE}/package/2006/relationships">'
            f"{links}</Relationships>",
            "word/document.xml": f"<w:document {names}><w:body>{body}</w:body></w:document>",
            "word/styles1.xml": f'<w:styles {names}><w:style w:type="paragraph" w:styleId="H1">'
            '<w:name w:val="heading 1"/></w:style></w:styles>',
            **{
                f"word/{kind}1.xml": xml.replace("NAMES", names).encode(encoding)
                for kind, xml in (more or {}).items()
            },
        }
    )


def paragraph(text: str, style: str = "") -> str:
    chosen = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f'<w:p>{chosen}<w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'


def workbook(fill: Callable[[Any], None]) -> bytes:
    import xlsxwriter

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        fill(book)
    return buffer.getvalue()


def pdf(*pages: str | bytes, count: int = 1) -> bytes:
    """A PDF of pages that say these lines, or show this JPEG all over. `count`: how often each."""
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"", b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"]
    kids = list[int]()
    for page in pages:
        if isinstance(page, bytes):
            size = b"/Width 400/Height 400/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/DCTDecode"
            objects.append(_stream(page, b"/Type/XObject/Subtype/Image" + size))
            resources, drawing = b"/XObject<</I %d 0 R>>" % len(objects), b"300 0 0 300 0 0 cm /I Do"
        else:
            lines = b"".join(b"(%s) Tj 0 -14 Td " % line.encode("latin-1") for line in page.split("\n"))
            resources, drawing = b"/Font<</F 3 0 R>>", b"BT /F 10 Tf 20 280 Td " + lines + b"ET"
        objects.append(_stream(drawing))
        about = b"/Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]"
        content = b"<<%s/Resources<<%s>>/Contents %d 0 R>>" % (about, resources, len(objects))
        for _ in range(count):
            objects.append(content)
            kids.append(len(objects))
    objects[1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (
        len(kids),
        b" ".join(b"%d 0 R" % kid for kid in kids),
    )
    return _file(objects)


def _file(objects: list[bytes]) -> bytes:
    parts, offsets, position = [b"%PDF-1.4\n"], list[int](), 9
    for number, content in enumerate(objects, start=1):
        offsets.append(position)
        parts.append(b"%d 0 obj%s endobj\n" % (number, content))
        position += len(parts[-1])
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    parts.append(b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table))
    parts.append(b"trailer<</Size %d/Root 1 0 R>>startxref\n%d\n%%%%EOF" % (len(objects) + 1, position))
    return b"".join(parts)


def _stream(content: bytes, about: bytes = b"") -> bytes:
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (about, len(content), content)


def jpeg() -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("L", (400, 400), 200).save(buffer, "JPEG")
    return buffer.getvalue()
