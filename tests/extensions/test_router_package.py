"""A router of another package, named in the settings."""

from __future__ import annotations

import json
import re

import pytest

from tests.extensions.conftest import ROOT, Command
from vtai.routing.second_opinion import UNSURE_BELOW
from vtai.settings import Settings

GUIDE = ROOT / "docs" / "guides" / "routers.md"

LINES = "".join(
    json.dumps(line) + "\n"
    for line in (
        {"text": "DRAW A CAT, I SAID"},
        {"text": "draw a cat, I said"},
        {"text": "WHAT DOES IT SAY HERE", "attachments": ["image"]},
    )
)
ROUTERS = "rules+shouting+semantic"


@pytest.mark.slow
def test_the_installed_router_is_asked_in_its_place(vtai: Command) -> None:
    done = vtai("route", "--jsonl", piped=LINES, VT_ROUTERS=ROUTERS)
    assert done.returncode == 0, done.stderr
    shouted, said, shown = (json.loads(line) for line in done.stdout.splitlines())
    assert (shouted["route"], shouted["reason"]) == ("text", "The message is shouted.")
    assert said["route"] == "image-generation"
    assert shown["route"] == "vision"


@pytest.mark.slow
def test_without_the_package_its_router_is_an_unknown_name(bare_vtai: Command) -> None:
    done = bare_vtai("route", "--jsonl", piped=LINES, VT_ROUTERS=ROUTERS)
    assert done.returncode == 2
    assert "There is no router 'shouting'" in done.stderr


@pytest.mark.parametrize(
    "name", ["routers", "routing_cache_size", "routing_cache_s", "second_opinion_timeout_s"]
)
def test_the_guide_names_the_defaults(name: str) -> None:
    default = Settings.model_fields[name].default
    shown = f"{default:g}" if isinstance(default, float) else str(default)
    [row] = re.findall(rf"^\| `{name}` \| (.*?) \|", GUIDE.read_text("utf-8"), flags=re.MULTILINE)
    assert row == f"`{shown}`"


def test_the_guide_names_the_bound_below_which_a_model_is_asked() -> None:
    assert f"below {UNSURE_BELOW:g}" in GUIDE.read_text("utf-8")
