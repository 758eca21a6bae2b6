"""Health, readiness, models, routes, usage and errors, and the interface's own description."""

from __future__ import annotations

import json
import time
from pathlib import Path

from tests.api.parts import Desk, desk, is_told, make_app
from tests.cli.conftest import FakeHandler
from vtai.core.errors import NotReady
from vtai.core.spending import Spent


async def test_the_server_says_that_it_lives_and_what_is_ready(api: Desk) -> None:
    assert (await api.told("gus", "GET", "/health"))["status"] == "live"
    assert await api.told("gus", "GET", "/ready") == {
        "status": "ready",
        "parts": {"routing": "ready", "model": "ready"},
    }
    api.app.readiness.mark_failed("model", NotReady("It is broken.", "Mend it."))
    response = await api.ask("gus", "GET", "/ready")
    assert (response.status_code, response.json()["parts"]["model"]) == (503, "failed")
    api.app.chat.drain()
    assert (await api.ask("gus", "GET", "/ready")).json()["status"] == "stopping"


async def test_models_are_listed_with_what_they_can_do(api: Desk) -> None:
    every = (await api.told("gus", "GET", "/models"))["items"]
    able = (await api.told("gus", "GET", "/models?available=true&capability=chat"))["items"]
    assert len(every) > len(able) > 0
    assert all(model["is_available"] and "chat" in model["capabilities"] for model in able)
    assert [model["name"] for model in able if "chat" in model["default_for"]] == [able[0]["name"]]
    one = await api.told("gus", "GET", f"/models/{every[0]['name']}")
    assert one == every[0]


async def test_a_model_of_any_vendor_is_found_by_vendor_and_name(api: Desk) -> None:
    assert (await api.told("gus", "GET", "/models/ollama/qwen3:4b"))["vendor"] == "ollama"
    assert is_told(await api.ask("gus", "GET", "/models/nothing-like-it"), 404, "no model")


async def test_routes_are_listed(api: Desk) -> None:
    assert [route["name"] for route in (await api.told("gus", "GET", "/routes"))["items"]] == [
        "text",
        "vision",
    ]


async def test_usage_is_ones_own_and_everybodys_for_admins(api: Desk) -> None:
    ledger = (await api.store()).ledger
    now = time.time()
    for person, cost in (("ann", 0.5), ("bob", 1.0)):
        ledger.record(Spent(now, person, route="text", model="m", input_tokens=3, cost_usd=cost))
    own = (await api.told("ann", "GET", "/usage?by=route&by=model"))["items"]
    assert [(each["of"], each["cost_usd"]) for each in own] == [({"route": "text", "model": "m"}, 0.5)]
    everybody = (await api.told("root", "GET", "/usage?all=true&by=person"))["items"]
    assert [each["of"]["person"] for each in everybody] == ["bob", "ann"]
    [bob] = (await api.told("root", "GET", "/usage?person=bob"))["items"]
    assert (bob["of"], bob["cost_usd"]) == ({}, 1.0)
    assert (await api.told("ann", "GET", f"/usage?since={now + 60}&by=route"))["items"] == []
    for query in ("all=true", "person=bob"):
        assert is_told(await api.ask("ann", "GET", f"/usage?{query}"), 403)
    assert is_told(await api.ask("ann", "GET", "/usage?by=colour"), 422, "by")


async def test_what_failed_is_found_by_its_reference(tmp_path: Path) -> None:
    async with desk(make_app(tmp_path, FakeHandler("text", [RuntimeError("secret")]))) as api:
        reply = await api.told("ann", "POST", "/chat", json={"text": "Hi"})
        reference = reply["error"]["reference"]
        [found] = (await api.told("root", "GET", f"/errors?reference={reference}"))["items"]
        assert (found["reference"], found["person"], found["door"]) == (reference, "ann", "api")
        assert (await api.told("root", "GET", "/errors?reference=none"))["items"] == []
        assert len((await api.told("root", "GET", "/errors"))["items"]) == 1
    assert reply["error"]["status"] == 500


async def test_the_description_names_every_endpoint_once(api: Desk) -> None:
    document = await api.told("gus", "GET", "/openapi.json")
    assert document["openapi"] == "3.1.0"
    schemas = document["components"]["schemas"]
    operations = [each for path in document["paths"].values() for each in path.values()]
    names = [each["operationId"] for each in operations]
    assert len(names) == len(set(names)) > 40
    assert "Sampling" in schemas["ConfigurationChange"]["properties"]["temperature"]["description"]
    assert schemas["Refusal"]["properties"]["hint"]["description"] == "What to do next."
    [parameter, *_] = document["paths"]["/search"]["get"]["parameters"]
    assert parameter["description"]
    places = json.dumps(document)
    for reference in {part.split('"')[0] for part in places.split('"$ref": "#/components/schemas/')[1:]}:
        assert reference in document["components"]["schemas"]


async def test_the_page_for_people_needs_nothing_from_elsewhere(api: Desk) -> None:
    response = await api.ask("gus", "GET", "/docs")
    assert "/conversations/{id}/export" in response.text
    assert "<script" not in response.text
    assert "http" not in response.text.replace("&#x27;", "").replace("schemas", "").lower().split("<body>")[0]
    assert "default-src 'none'" in response.headers["content-security-policy"]
