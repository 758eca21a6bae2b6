"""Pictures through OpenAI's client, in the answer or in the file store."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.compat.conftest import PICTURE, client_of, hello
from vtai.core.errors import QuotaReached
from vtai.core.history import StoredFile

if TYPE_CHECKING:
    from openai import AsyncOpenAI

    from tests.api.compat.conftest import Rig


@dataclass
class FakeStore:
    """A store of files alone, ready at once; full where it is told so."""

    folder: Path
    is_full: bool = False
    kept: list[StoredFile] = field(default_factory=list)

    @property
    def files(self) -> FakeStore:
        return self

    async def ready(self) -> FakeStore:
        return self

    async def put(
        self, person: str, conversation: str, name: str, media_type: str, source: Path | bytes
    ) -> StoredFile:
        if self.is_full:
            raise QuotaReached("You keep too much.", "Delete some of it.")
        assert isinstance(source, bytes)
        key = f"keykeykey{len(self.kept)}"
        (self.folder / key).write_bytes(source)
        self.kept.append(StoredFile(key, person, conversation, name, media_type, len(source), 0.0))
        return self.kept[-1]

    async def find(self, key: str) -> StoredFile | None:
        return next((file for file in self.kept if file.key == key), None)

    async def path(self, key: str) -> Path:
        return self.folder / key


async def test_a_picture_comes_as_base64(client: AsyncOpenAI, rig: Rig) -> None:
    answer = await client.images.generate(
        model="able", prompt="a cat", n=2, size="1024x1024", quality="hd", output_format="webp"
    )
    [picture] = answer.data or []
    assert picture.b64_json == base64.b64encode(PICTURE[:8]).decode()
    [request] = rig.images.requests
    options = request.options
    assert (options.count, options.size, options.quality, options.format) == (2, "1024x1024", "high", "webp")
    assert rig.spent[0].route == "image-generation"


async def test_an_address_leads_to_the_store(rig: Rig) -> None:
    app = rig.app()
    store = FakeStore(rig.folder)
    app.storing = store  # type: ignore[assignment]
    async with client_of(rig, app) as client:
        answer = await client.images.generate(prompt="a cat", response_format="url")
        [picture] = answer.data or []
        assert picture.url == f"http://127.0.0.1:{rig.port}/files/keykeykey0"
        store.is_full = True
        answer = await client.images.generate(prompt="a cat", response_format="url")
        assert (answer.data or [])[0].url == f"data:image/png;base64,{base64.b64encode(PICTURE[:8]).decode()}"


@pytest.mark.parametrize(("person", "is_theirs"), [("local", True), ("another", False)])
async def test_a_stored_picture_is_found_again_by_its_person_alone(
    rig: Rig, person: str, is_theirs: bool
) -> None:
    app = rig.app()
    store = FakeStore(rig.folder)
    app.storing = store  # type: ignore[assignment]
    await store.put(person, "c", "cat.png", "image/png", PICTURE)
    messages: list[Any] = [
        *hello("draw a cat"),
        {"role": "assistant", "content": "![a cat](http://127.0.0.1:1/files/keykeykey0)"},
        *hello("make it darker"),
    ]
    async with client_of(rig, app) as client:
        await client.chat.completions.create(model="auto/image-generation", messages=messages)
    assert len(rig.images.requests[0].images) == is_theirs


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        pytest.param({"n": 5}, "At most 4", id="too many"),
        pytest.param({"model": "plain"}, "plain cannot make pictures", id="no painter"),
        pytest.param({"extra_body": {"stream": True}}, "not streamed", id="stream"),
        pytest.param({"extra_body": {"prompt": ""}}, "prompt", id="no description"),
    ],
)
async def test_what_cannot_be_made_is_told(client: AsyncOpenAI, fields: dict[str, Any], words: str) -> None:
    import openai

    with pytest.raises(openai.BadRequestError, match=words):
        await client.images.generate(**{"prompt": "a cat", **fields})
