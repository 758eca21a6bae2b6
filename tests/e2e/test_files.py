"""Files and pictures through the real program: dropped on the page, read, and sent to the vendor."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.visitor import Visitor
from tests.samples import specials
from tests.samples.specials import Asked
from tests.standins.remote import RemoteFast
from tests.ui.program import Program, with_vendor

pytestmark = [pytest.mark.slow, pytest.mark.browser]


@pytest.fixture(scope="module")
def vendor() -> Iterator[RemoteFast]:
    with RemoteFast() as vendor:
        yield vendor


@pytest.fixture(scope="module")
def page(vendor: RemoteFast, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with with_vendor(tmp_path_factory.mktemp("files"), vendor.url) as program:
        yield program


@pytest.fixture(autouse=True)
def forgetful(vendor: RemoteFast) -> None:
    vendor.reset()


async def drop(visitor: Visitor, *paths: Path) -> None:
    await visitor.tab.set_input_files("#upload-button-input", [str(path) for path in paths])
    await visitor.tab.locator("#attachments > *").nth(len(paths) - 1).wait_for()


def asked(vendor: RemoteFast) -> dict[str, Any]:
    """The body of the last request."""
    body: dict[str, Any] = vendor.requests[-1]["body"]
    return body


def last_text(vendor: RemoteFast) -> str:
    content = asked(vendor)["messages"][-1]["content"]
    if isinstance(content, list):
        return " ".join(part.get("text", "") for part in content)
    return str(content)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(specials.annual_report, id="PDF of twelve pages"),
        pytest.param(specials.workbook, id="workbook of five sheets"),
        pytest.param(specials.scanned_page, id="scanned page", marks=pytest.mark.model),
        pytest.param(specials.scanned_report, id="three scanned pages", marks=pytest.mark.model),
    ],
)
async def test_a_question_reaches_the_model_with_the_page_that_answers_it(
    visitor: Visitor, vendor: RemoteFast, tmp_path: Path, make: Callable[[], Asked]
) -> None:
    question = make()
    vendor.default(text=f"It says {question.answer}.")
    await drop(visitor, question.save(tmp_path))
    answer = await visitor.ask(question.question)
    assert question.answer in answer
    sent = last_text(vendor)
    assert question.sample.name in sent
    assert question.place in sent
    assert question.answer in sent
    assert question.question in sent


async def test_a_picture_is_made_and_the_next_message_changes_that_one(
    visitor: Visitor, vendor: RemoteFast
) -> None:
    await visitor.choose_tool("Image")
    await visitor.ask("a lighthouse in fog")
    await visitor.ask("make it bluer")
    made, changed = [request for request in vendor.requests if "/images/" in request["path"]]
    assert made["path"].endswith("/images/generations")
    assert made["body"]["prompt"] == "a lighthouse in fog"
    assert changed["path"].endswith("/images/edits")
    assert "Changing picture" in await visitor.tab.locator("body").inner_text()


async def test_a_dropped_photo_reaches_the_model_upright_and_without_where_it_was_taken(
    visitor: Visitor, vendor: RemoteFast, tmp_path: Path
) -> None:
    photo = tmp_path / "photo.jpg"
    taken(photo)
    vendor.default(text="A red field.")
    await drop(visitor, photo)
    await visitor.ask("What is in this picture?")
    (part,) = [part for part in asked(vendor)["messages"][-1]["content"] if part["type"] == "image_url"]
    head, _, data = part["image_url"]["url"].partition(";base64,")
    assert head == "data:image/jpeg"
    with opened(data) as picture:
        assert picture.size == (60, 90)
        assert not picture.getexif()


def taken(path: Path) -> None:
    """A photo that a telephone took lying on its side."""
    from PIL import ExifTags, Image

    picture = Image.new("RGB", (90, 60), "red")
    exif = picture.getexif()
    exif[ExifTags.Base.Orientation] = 6
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (52.0, 30.0, 0.0)
    picture.save(path, exif=exif)


def opened(data: str) -> Any:
    from PIL import Image

    return Image.open(BytesIO(base64.b64decode(data)))
