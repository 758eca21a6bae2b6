"""A route of another package: found by its examples, asked for, judged by a model, chosen on the page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.extensions.conftest import Command
from tests.extensions.ollama_server import OllamaServer, saying
from tests.ui.browser import Tab
from tests.ui.program import Program
from vtai.core.turn import Turn
from vtai.settings import load
from vtai.wiring import build

pytestmark = pytest.mark.slow

# Not worded like an example of the package; what is learned about the shipped routes is not sure of it.
UNSURE = "tonight's dinner"


def decisions(done_out: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in done_out.splitlines()]


def test_messages_worded_like_its_examples_go_there_and_others_stay(vtai: Command) -> None:
    texts = (
        "what can I cook with leeks and rice",
        "a recipe for tomato soup",
        "draw a cat",
        "why is the sky blue?",
    )
    done = vtai("route", "--jsonl", piped="".join(json.dumps({"text": text}) + "\n" for text in texts))
    assert done.returncode == 0, done.stderr
    found = decisions(done.stdout)
    assert [one["route"] for one in found] == ["recipes", "recipes", "image-generation", "text"]
    assert found[0]["reason"] == "The message is close to the example “what can I cook with leeks and eggs”."


def test_without_the_package_they_go_elsewhere(bare_vtai: Command) -> None:
    done = bare_vtai("route", "--json", "what can I cook with leeks and rice")
    assert [one["route"] for one in decisions(done.stdout)] == ["text"]


def test_a_person_s_own_examples_of_it_count_too(vtai: Command) -> None:
    vtai.configure("routes.toml", f'[recipes]\nexamples = ["{UNSURE}"]\n')
    [found] = decisions(vtai("route", "--json", UNSURE).stdout)
    assert found["route"] == "recipes"
    assert "close to your example" in str(found["reason"])


def test_its_own_reply_answers_once_it_is_forced(vtai: Command, ollama: OllamaServer) -> None:
    vtai.configure("models.toml", ollama.models_toml)
    ollama.lines = saying("Leek omelette, for two.")
    done = vtai("ask", "--route", "recipes", "--model", "cook", "leeks and eggs")
    assert (done.returncode, done.stdout) == (0, "Leek omelette, for two.\n"), done.stderr
    assert ollama.requests[-1]["body"]["messages"][0]["content"].startswith("You are a cook.")


def test_a_model_that_gives_a_second_opinion_can_choose_it(vtai: Command, ollama: OllamaServer) -> None:
    vtai.configure("models.toml", ollama.models_toml)
    ollama.routes_to = "recipes 0.9"
    done = vtai(
        *("route", "--json", UNSURE),
        VT_SECOND_OPINION_MODEL="cook",
        VT_SECOND_OPINION_TIMEOUT_S="30",
    )
    [found] = decisions(done.stdout)
    assert (found["route"], found["confidence"]) == ("recipes", 0.9)
    assert "The model cook was asked and chose recipes." in str(found["reason"])
    assert "- recipes: What to cook" in ollama.requests[-1]["body"]["messages"][0]["content"]


async def test_the_page_offers_it_and_sends_messages_there(
    installed: Path, ollama: OllamaServer, tmp_path: Path
) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "models.toml").write_text(ollama.models_toml, "utf-8")
    ollama.lines = saying("Courgette soup.")
    variables = {"PYTHONPATH": str(installed), "VT_EMBEDDED": "false", "VT_DEFAULT_MODEL": "cook"}
    with Program(tmp_path, ("-m", "vtai", "serve", "--port", "0"), variables) as program:
        async with Tab(program.url) as tab:
            await tab.until(lambda: bool(tab.screen.named("set_modes")))
            picker = next(mode for mode in tab.screen.named("set_modes")[0] if mode["id"] == "route")
            shown = {option["id"]: option["name"] for option in picker["options"]}
            assert shown["recipes"] == "Recipes"
            answer = await tab.ask(UNSURE, modes={"route": "recipes"})
    assert answer == "Courgette soup."
    assert ollama.requests[-1]["body"]["messages"][0]["content"].startswith("You are a cook.")


async def test_messages_sent_there_by_a_click_are_learned(
    installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(installed))
    app = build(load({"embedded": False}))
    try:
        assert app.learning is not None
        turn = Turn("Something warm for six, please")
        before = await app.chat.decide(turn)
        await app.learning.learn(turn, before, "recipes")
        after = await app.chat.decide(turn)
    finally:
        await app.close()
    assert before.route != "recipes"
    assert (after.route, after.router) == ("recipes", "learned")
