"""The page of a link, where it leads somewhere and where it does not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.server.parts import Library, client, make_app
from vtai.core.history import SaveStep, StoredStep
from vtai.core.people import LOCAL
from vtai.wiring.storing import Storing


async def test_a_link_that_was_taken_back_is_said_to_lead_nowhere(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    app.storing = Storing(app.loaded)
    histories, person = (await app.storing.ready()).histories, LOCAL.id
    step = StoredStep("s", "user_message", output="look", at=1.0)
    histories.record(person, "c", SaveStep(step))
    await histories.flush()
    made = await histories.share(person, "c")
    assert made is not None
    async with client(app, Library().load) as http:
        there = await http.get(f"/share/{made.token}")
        assert await histories.unshare(person, made.token)
        gone = await http.get(f"/share/{made.token}")
    assert there.status_code == 200
    assert "<title>VT.ai</title>" in there.text
    assert gone.status_code == 404
    assert "This link leads nowhere" in gone.text
    assert "default-src 'none'" in gone.headers["content-security-policy"]
    assert gone.headers["cache-control"] == "no-store"


async def test_without_its_store_the_page_shows_itself(tmp_path: Path) -> None:
    (in_the_way := tmp_path / "file").touch()
    app = make_app(tmp_path / "data")
    broken = make_app(tmp_path / "other")
    broken.storing = Storing(replace(broken.loaded, data_dir=in_the_way))
    for each in (app, broken):
        async with client(each, Library().load) as http:
            assert (await http.get("/share/some-token")).status_code == 200
