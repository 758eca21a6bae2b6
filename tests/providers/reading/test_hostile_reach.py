"""Files that reach for other files and for addresses get neither."""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.samples import hostile_markup, hostile_pdfs, mails
from tests.samples.trouble import Trouble, faults, outcome, saved
from vtai.core.documents import Document
from vtai.core.errors import BadAttachment
from vtai.core.messages import Attachment
from vtai.providers.reading.files import FileReader
from vtai.providers.reading.limits import Limits
from vtai.providers.workshop import Workshop

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
_SECRET = "the canary sings in b minor"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def reader() -> AsyncIterator[FileReader]:
    workshop = Workshop()
    yield FileReader(workshop, limits=Limits(timeout_s=20))
    await workshop.aclose()


@pytest.fixture
def ear() -> Iterator[socket.socket]:
    """Listens; it must never be called."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield listening


def was_called(ear: socket.socket) -> bool:
    try:
        call, _ = ear.accept()
    except BlockingIOError:
        return False
    call.close()
    return True


def _mail(address: str) -> bytes:
    """A mail whose text stands elsewhere."""
    made = mails.mail()
    made.set_content(f'<img src="{address}/pixel.png"><p>words</p>', subtype="html")
    made["Disposition-Notification-To"] = address
    outside = (
        f'Content-Type: message/external-body; access-type=URL; URL="{address}/'
        'body"\r\n\r\nContent-Type: text/plain\r\n\r\n'
    )
    return made.as_bytes() + outside.encode()


_CALLERS: dict[str, tuple[str, Callable[[str], bytes]]] = {
    **{
        f"entity in {form}": (name, lambda address, make=make: make(hostile_markup.reaching(address)))
        for form, (name, make) in hostile_markup.FORMS.items()
    },
    "inclusion": ("a.xml", hostile_markup.including),
    "page": ("a.html", hostile_markup.calling_page),
    "letter": ("a.docx", hostile_markup.calling_letter),
    "pdf": ("a.pdf", hostile_pdfs.calling),
    "mail": ("a.eml", _mail),
}


@pytest.mark.parametrize("form", _CALLERS)
async def test_no_address_in_a_file_is_called(
    reader: FileReader, tmp_path: Path, ear: socket.socket, form: str
) -> None:
    name, make = _CALLERS[form]
    address = f"http://127.0.0.1:{ear.getsockname()[1]}"
    got = await outcome(reader, Trouble(name, saved(make, address)).planted(tmp_path))
    assert not faults(got, name)
    assert not was_called(ear)


@pytest.mark.parametrize("form", _CALLERS)
async def test_no_other_file_is_read(reader: FileReader, tmp_path: Path, form: str) -> None:
    name, make = _CALLERS[form]
    secret = tmp_path / "secret.txt"
    secret.write_text(_SECRET, encoding="utf-8")
    got = await outcome(reader, Trouble(name, saved(make, secret.as_uri())).planted(tmp_path))
    assert not faults(got, name)
    if isinstance(got, Document):
        assert _SECRET not in str(got)


async def test_the_ear_hears(ear: socket.socket) -> None:
    with socket.create_connection(ear.getsockname()):
        assert was_called(ear)


def _dangling(path: Path) -> None:
    path.symlink_to(path.with_name("nothing here"))


def _circle(path: Path) -> None:
    path.symlink_to(path)


def _pipe(path: Path) -> None:
    os.mkfifo(path)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(_dangling, id="link to nothing"),
        pytest.param(_circle, id="link to itself"),
        pytest.param(
            _pipe, id="pipe", marks=pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes")
        ),
        pytest.param(Path.mkdir, id="folder"),
        pytest.param(lambda path: path.symlink_to("/dev/zero"), id="device without end"),
    ],
)
async def test_what_is_no_file_is_refused(
    reader: FileReader, tmp_path: Path, make: Callable[[Path], None]
) -> None:
    path = tmp_path / "upload.bin"
    make(path)
    got = await outcome(reader, Attachment("notes.txt", "text/plain", path, 10))
    assert isinstance(got, BadAttachment)
    assert not faults(got, "notes.txt")
