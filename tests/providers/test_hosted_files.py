"""Files of the conversation in a vendor's container, files made there, and the tidying afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from tests.providers.catalogues import catalogue_of
from tests.providers.hosting import CODE, able, made, ran, stream, text, wire_to
from tests.providers.hosting import ended as over
from tests.providers.loopback import Asked, Loopback, Reply, as_json
from tests.providers.wires import KEY, asked, read, said
from vtai.core import errors
from vtai.core.events import FileReady, Notice
from vtai.core.messages import Attachment
from vtai.core.ports import ModelEvent
from vtai.providers import hosted_tools
from vtai.providers.hosted_files import Limits

SMALL = Limits(max_files=3, max_file_bytes=100, max_total_bytes=150)
CONTENT = "/v1/containers/cntr_1/files/cfile_{}/content"


def attached(folder: Path, name: str, data: bytes) -> Attachment:
    path = folder / f"{len(list(folder.iterdir()))}.bin"
    path.write_bytes(data)
    return Attachment(name, "text/csv", path, len(data))


class Vendor:
    """A vendor with `/files`, `/containers` and an answer; what it holds is what was not deleted."""

    def __init__(self, *events: dict[str, Any], uploads: Callable[[int], Reply] | None = None) -> None:
        self.held: set[str] = set()
        self.bodies: list[bytes] = []
        self._uploads = uploads or (lambda number: as_json({"id": f"file-{number}"}))
        self._answer = Reply(stream(*events).encode(), media_type="text/event-stream")
        self.server = Loopback({"/v1/responses": self._answered, "/v1/files": self._uploaded})
        for number in range(1, 4):
            self.server.answers[f"/v1/files/file-{number}"] = self._deleted
        self.server.answers["/v1/containers/cntr_1"] = self._deleted

    def has(self, id_: str, reply: Reply) -> None:
        self.server.answers[CONTENT.format(id_)] = lambda _: reply

    def _answered(self, _: Asked) -> Reply:
        self.held.add("cntr_1")
        return self._answer

    def _uploaded(self, asked: Asked) -> Reply:
        self.bodies.append(asked.body)
        self.held.add(f"file-{len(self.bodies)}")
        return self._uploads(len(self.bodies))

    def _deleted(self, asked: Asked) -> Reply:
        self.held.discard(asked.path.rsplit("/", 1)[1])
        return as_json({"deleted": True})

    async def reply(
        self, *files: Attachment, limits: Limits | None = None
    ) -> tuple[list[ModelEvent], errors.ProviderError | None]:
        async with self.server as server:
            client = wire_to(f"{server.url}/v1", limits)
            got = await read(client.stream(asked(model=able(), hosted=CODE, files=files)))
            await client.aclose()
        return got

    @property
    def request(self) -> Any:
        return next(one.json for one in self.server.asked if one.path == "/v1/responses")


def files_of(events: list[ModelEvent]) -> list[FileReady]:
    return [event for event in events if isinstance(event, FileReady)]


def notices_of(events: list[ModelEvent]) -> list[str]:
    return [event.text for event in events if isinstance(event, Notice)]


async def test_files_go_into_the_container_for_an_hour_at_most_and_are_deleted(tmp_path: Path) -> None:
    vendor = Vendor(ran("..."), text("Done."), over())
    events, error = await vendor.reply(attached(tmp_path, "../Sales 2026.csv", b"region,amount\n"))
    assert error is None
    assert said(events) == "Done."
    (body,) = vendor.bodies
    for part in (b"region,amount", b'filename="Sales 2026.csv"', b"user_data", b"created_at", b"3600"):
        assert part in body
    (tool,) = vendor.request["tools"]
    assert tool["container"] == {"type": "auto", "file_ids": ["file-1"]}
    assert {one.headers["authorization"] for one in vendor.server.asked} == {f"Bearer {KEY}"}
    assert not vendor.held


async def test_files_that_are_too_many_too_large_or_not_wanted_are_told(tmp_path: Path) -> None:
    vendor = Vendor(
        text("Done."),
        over(),
        uploads=lambda number: as_json({"id": f"file-{number}"}, 400 if number == 1 else 200),
    )
    files = [
        attached(tmp_path, name, data)
        for name, data in (
            ("first.csv", b"1"),
            ("big.csv", b"x" * 101),
            ("last.csv", b"2"),
            ("odd.exe", b"3"),
        )
    ]
    events, error = await vendor.reply(*files, limits=SMALL)
    assert error is None
    assert notices_of(events) == [
        "OpenAI did not get big.csv, first.csv, odd.exe: too many, too large or not taken."
    ]
    assert vendor.request["tools"][0]["container"]["file_ids"] == ["file-2"]


async def test_the_files_together_are_bounded_the_last_ones_go_first(tmp_path: Path) -> None:
    vendor = Vendor(text("Done."), over())
    files = [attached(tmp_path, name, b"x" * 80) for name in ("first.csv", "last.csv")]
    events, error = await vendor.reply(*files, limits=SMALL)
    assert error is None
    assert len(vendor.bodies) == 1
    assert notices_of(events) == ["OpenAI did not get first.csv: too many, too large or not taken."]


FAILURES = {
    "key": (as_json({"error": {"message": f"Wrong key {KEY}."}}, 401), errors.BadKey),
    "down": (as_json({"error": {"message": "Oh."}}, 500), errors.VendorDown),
    "no json": (Reply(b"fine"), errors.StreamCut),
    "odd id": (as_json({"id": "../containers"}), errors.StreamCut),
}


@pytest.mark.parametrize(("reply", "expected"), FAILURES.values(), ids=FAILURES)
async def test_an_upload_that_fails_has_the_vendors_errors(
    tmp_path: Path, reply: Reply, expected: type[errors.ProviderError]
) -> None:
    vendor = Vendor(over(), uploads=lambda number: reply)
    _, error = await vendor.reply(attached(tmp_path, "a.csv", b"1"))
    assert type(error) is expected
    assert KEY not in error.message + error.hint


async def test_a_file_that_is_gone_is_told_by_its_name(tmp_path: Path) -> None:
    file = attached(tmp_path, "a.csv", b"1")
    file.path.unlink()
    with pytest.raises(errors.BadAttachment, match=r"a\.csv"):
        await Vendor(over()).reply(file)


async def test_what_code_made_is_fetched_under_a_safe_name() -> None:
    notes = (made("cfile_a", "/mnt/data/../.by region.csv"), made("cfile_a", "twice.csv"))
    vendor = Vendor(ran("..."), text("Done."), *notes, made("cfile_b", "same.csv"), over())
    vendor.has("a", Reply(b"north,1\n", media_type="application/binary"))
    vendor.has("b", Reply(b"north,1\n", media_type="application/binary"))
    events, error = await vendor.reply()
    assert error is None
    assert files_of(events) == [FileReady("by region.csv", "text/csv", b"north,1\n")]
    assert not vendor.held


async def test_what_cannot_be_fetched_is_told_and_the_answer_stands() -> None:
    vendor = Vendor(text("Done."), made("cfile_a", "gone.csv"), made("cfile_b", "big.bin"), over())
    vendor.has("a", as_json({"error": {"message": "expired"}}, 404))
    vendor.has("b", Reply(b"x" * 101))
    events, error = await vendor.reply(limits=SMALL)
    assert error is None
    assert not files_of(events)
    assert notices_of(events) == ["OpenAI did not hand over gone.csv, big.bin: ask for it again."]


async def test_what_comes_back_is_bounded_together() -> None:
    vendor = Vendor(text("Done."), made("cfile_a", "a.csv"), made("cfile_b", "b.csv"), over())
    vendor.has("a", Reply(b"a" * 90))
    vendor.has("b", Reply(b"b" * 90))
    events, _ = await vendor.reply(limits=SMALL)
    assert [file.name for file in files_of(events)] == ["a.csv"]
    assert notices_of(events) == ["OpenAI did not hand over b.csv: ask for it again."]


@pytest.mark.parametrize("id_", ["../../files/file-1", "a/b", "", None, "x" * 300])
async def test_an_odd_id_never_becomes_part_of_an_address(id_: Any) -> None:
    vendor = Vendor(text("Done."), made(id_, "a.csv"), over())
    events, error = await vendor.reply()
    assert error is None
    assert not files_of(events)
    assert [one.path for one in vendor.server.asked] == ["/v1/responses"]


async def test_a_deletion_that_fails_disturbs_nobody(tmp_path: Path) -> None:
    vendor = Vendor(ran("..."), text("Done."), over())
    vendor.server.answers["/v1/files/file-1"] = lambda _: as_json({}, 500)
    events, error = await vendor.reply(attached(tmp_path, "a.csv", b"1"))
    assert error is None
    assert said(events) == "Done."


async def _code_then_silence() -> AsyncIterator[bytes]:
    yield stream(ran("while True: pass"), text("a")).encode()
    await asyncio.Event().wait()


async def test_stopping_deletes_what_is_at_the_vendor(tmp_path: Path) -> None:
    vendor = Vendor()
    vendor._answer = Reply(media_type="text/event-stream", pieces=_code_then_silence())
    async with vendor.server as server:
        client = wire_to(f"{server.url}/v1")
        request = asked(model=able(), hosted=CODE, files=(attached(tmp_path, "a.csv", b"1"),))
        async with aclosing(client.stream(request)) as events:
            async for event in events:
                if said([event]):
                    break
        await client.aclose()
    assert not vendor.held


def test_a_vendor_whose_code_has_no_disk_gets_no_files(tmp_path: Path) -> None:
    catalogue = catalogue_of({"XAI_API_KEY": KEY})
    grok = catalogue.resolve("grok")
    request = asked(model=grok, hosted=CODE, files=(attached(tmp_path, "a.csv", b"1"),))
    fitted, told = hosted_tools.usable(request, catalogue.endpoint(grok))
    assert (fitted.hosted, fitted.files) == (CODE, ())
    assert told == "xAI runs code without the files of this conversation."
