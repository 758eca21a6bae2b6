"""A wire of another package: named in models.toml, asked like any other."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.extensions.conftest import Command
from tests.extensions.ollama_server import MODELS_TOML, OllamaServer

pytestmark = pytest.mark.slow

ASK = ("ask", "--route", "text", "--model", "cook")


@pytest.fixture
def kitchen(vtai: Command, ollama: OllamaServer) -> Command:
    """The command with a vendor that is spoken to in the package's way."""
    vtai.configure("models.toml", ollama.models_toml)
    return vtai


def test_its_models_are_listed_as_ready(kitchen: Command) -> None:
    done = kitchen("models", "--json")
    assert done.returncode == 0, done.stderr
    [cook] = [model for model in json.loads(done.stdout) if model["vendor"] == "kitchen"]
    assert (cook["name"], cook["id"], cook["is_ready"]) == ("cook", "qwen3", True)


def test_an_answer_streams_over_it_with_thoughts_and_usage(kitchen: Command, ollama: OllamaServer) -> None:
    done = kitchen(*ASK, "--json", "Good morning")
    assert done.returncode == 0, done.stderr
    events: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
    assert [event["text"] for event in events if event["event"] == "text_delta"] == ["Hel", "lo."]
    assert [event["text"] for event in events if event["event"] == "thinking_delta"] == ["Hm."]
    [usage] = [event for event in events if event["event"] == "usage"]
    assert (usage["input_tokens"], usage["output_tokens"], usage["is_estimated"]) == (21, 4, False)
    [request] = ollama.requests
    assert request["path"] == "/api/chat"
    assert (request["body"]["model"], request["body"]["options"]["num_ctx"]) == ("qwen3", 16384)
    assert request["body"]["messages"][-1] == {"role": "user", "content": "Good morning"}


@pytest.mark.parametrize(
    ("status", "lines", "said"),
    [
        pytest.param(404, ({"error": "model 'qwen3' not found"},), "has no model qwen3", id="no model"),
        pytest.param(200, ({"error": "out of memory"},), "out of memory", id="error in the stream"),
        pytest.param(200, ({"message": {"content": "Hel"}},), "broke off", id="cut"),
        pytest.param(200, ("half a li",), "broke off", id="no JSON"),
    ],
)
def test_what_goes_wrong_is_said_in_words(
    kitchen: Command, ollama: OllamaServer, status: int, lines: tuple[Any, ...], said: str
) -> None:
    ollama.status, ollama.lines = status, lines
    done = kitchen(*ASK, "Good morning", VT_MAX_RETRIES="0")
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_server_that_is_not_there_is_said_in_words(vtai: Command) -> None:
    with OllamaServer() as gone:
        vtai.configure("models.toml", gone.models_toml)
    done = vtai(*ASK, "Good morning", VT_MAX_RETRIES="0")
    assert done.returncode == 1
    assert "There is no connection to Kitchen" in done.stderr


def test_without_the_package_its_wire_is_an_unknown_name(bare_vtai: Command) -> None:
    bare_vtai.configure("models.toml", MODELS_TOML.format(url="http://127.0.0.1:9"))
    done = bare_vtai("models")
    assert done.returncode == 2
    assert "models.toml: vendors.kitchen.wire: there is no wire 'ollama-native'" in done.stderr
    assert "Installed: embedded, litellm, openai." in done.stderr


def test_with_the_package_another_unknown_wire_is_told_of_it(vtai: Command) -> None:
    vtai.configure("models.toml", '[vendors.kitchen]\nwire = "ollama"\nmodels = ["qwen3"]\n')
    done = vtai("models")
    assert done.returncode == 2
    assert "Installed: embedded, litellm, ollama-native, openai." in done.stderr


def test_pictures_are_not_for_such_a_wire(vtai: Command, ollama: OllamaServer) -> None:
    vtai.configure("models.toml", f'{ollama.models_toml}capabilities = ["chat", "image"]\n')
    done = vtai("models")
    assert done.returncode == 2
    assert "the model 'cook': the wire 'ollama-native' is for language models, not image" in done.stderr


def test_the_doctor_reports_its_vendor(kitchen: Command) -> None:
    done = kitchen("doctor")
    assert "kitchen" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_a_wire_without_address_and_key_is_ready(vtai: Command) -> None:
    vtai.configure("models.toml", '[vendors.kitchen]\nwire = "ollama-native"\nmodels = ["qwen3"]\n')
    done = vtai("models", "--json")
    assert done.returncode == 0, done.stderr
    assert [m["is_ready"] for m in json.loads(done.stdout) if m["vendor"] == "kitchen"] == [True]
