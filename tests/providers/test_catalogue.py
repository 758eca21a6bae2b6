"""The catalogue: names, defaults by the keys that are set, the user's file over the shipped one."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.providers.catalogues import catalogue_of
from vtai.core.errors import NotConfigured, SettingsError, UnknownName
from vtai.providers import model_file
from vtai.providers.catalogue import TomlCatalogue
from vtai.providers.keys import KeyRing

KEY = "sk-0123456789abcdef"
WORK = '[vendors.work]\nbase_url = "http://10.0.0.5:8000/v1"\nmodels = ["qwen3-32b", "qwen3-8b"]\n'


@pytest.mark.parametrize(
    ("name", "vendor", "id_"),
    [
        ("sonnet", "anthropic", "claude-sonnet-5-5"),
        ("Opus", "anthropic", "claude-opus-5-5"),
        ("gemini-flash", "gemini", "gemini-3.8-flash"),
        ("gpt-6.1-sol", "openai", "gpt-6.1-sol"),
        ("groq/openai/gpt-oss-20b", "groq", "openai/gpt-oss-20b"),
        ("o3-mini", "openai", "gpt-6-luna"),
        ("o3-mini-2025-01-31", "openai", "gpt-6-luna"),
        ("4o", "openai", "gpt-6.1-sol"),
        ("deepseek-r1", "deepseek", "deepseek-v4-pro"),
        ("openai/o3-mini", "openai", "gpt-6-luna"),
        ("openai/gpt-4o", "openai", "gpt-4o"),
        ("ollama:deepseek-r1", "ollama", "deepseek-r1"),
        ("ollama/Qwen3:8b", "ollama", "Qwen3:8b"),
        ("openrouter:anthropic/claude-x", "openrouter", "anthropic/claude-x"),
        ("google/gemini-next", "gemini", "gemini-next"),
        ("cerebras/gpt-oss-120b", "cerebras", "gpt-oss-120b"),
        ("local", "embedded", "smollm2-135m-instruct"),
    ],
)
def test_names_lead_to_a_model(name: str, vendor: str, id_: str) -> None:
    model = catalogue_of({}).resolve(name)
    assert (model.vendor, model.id) == (vendor, id_)


def test_a_name_of_before_says_what_answers_instead() -> None:
    catalogue = catalogue_of({})
    assert catalogue.notice("o3-mini") == "o3-mini was retired on 2026-10-23; gpt-6-luna answers instead."
    assert catalogue.notice("4o") == "4o is to be retired on 2027-01-14; gpt-6.1-sol answers instead."
    assert catalogue.notice("sonnet") is None
    assert catalogue.notice("ollama:deepseek-r1") is None


@pytest.mark.parametrize(("name", "near"), [("sonet", "sonnet"), ("gemni", "gemini"), ("gpt-9", "gpt")])
def test_an_unknown_name_is_refused_with_near_ones(name: str, near: str) -> None:
    with pytest.raises(UnknownName, match=name) as refused:
        catalogue_of({}).resolve(name)
    assert near in refused.value.hint


def test_the_default_follows_the_keys_that_are_set() -> None:
    assert catalogue_of({}).choose("chat").name == "local"
    assert catalogue_of({"GROQ_API_KEY": KEY}).choose("chat").vendor == "groq"
    both = {"GROQ_API_KEY": KEY, "ANTHROPIC_API_KEY": KEY}
    assert catalogue_of(both).choose("chat").name == "sonnet"
    assert catalogue_of(both).choose("transcription").vendor == "groq"


def test_a_capability_that_nobody_serves_names_the_keys() -> None:
    with pytest.raises(NotConfigured, match="make pictures") as refused:
        catalogue_of({}).choose("image")
    assert "OPENAI_API_KEY" in refused.value.hint
    with pytest.raises(NotConfigured):
        catalogue_of({}, embedded=False).choose("chat")


def test_what_is_wanted_wins_where_it_is_able() -> None:
    catalogue = catalogue_of({"OPENAI_API_KEY": KEY})
    assert catalogue.choose("chat", "haiku").name == "haiku"
    assert catalogue.choose("image", "haiku").name == "gpt-image"
    with pytest.raises(UnknownName):
        catalogue.choose("chat", "nonsense")


def test_an_unlisted_model_is_taken_at_the_persons_word() -> None:
    model = catalogue_of({}).choose("vision", "ollama:llava")
    assert model.can("vision")
    assert model.context_tokens == 4096


def test_a_server_of_ones_own_is_used_once_its_address_is_set() -> None:
    assert not catalogue_of({}).is_configured("ollama")
    catalogue = catalogue_of({"OLLAMA_API_BASE": "http://10.0.0.7:11434"})
    assert catalogue.is_configured("ollama")
    place = catalogue.endpoint(catalogue.resolve("ollama:qwen3"))
    assert place.base_url == "http://10.0.0.7:11434/v1"
    assert place.key is None


def test_a_table_of_ones_own_adds_a_vendor() -> None:
    catalogue = catalogue_of({}, WORK)
    assert catalogue.choose("chat").name == "work/qwen3-32b"
    assert [model.name for model in catalogue.available("chat")][:2] == ["work/qwen3-32b", "work/qwen3-8b"]
    assert catalogue.resolve("qwen3-8b").vendor == "work"


def test_ones_own_order_and_fields_win() -> None:
    own = """
    order = ["groq"]
    [[models]]
    name = "groq"
    id = "next"
    [[models]]
    name = "mine"
    vendor = "xai"
    id = "grok-9"
    aliases = ["claude"]
    """
    catalogue = catalogue_of({"OPENAI_API_KEY": KEY, "GROQ_API_KEY": KEY}, own)
    assert catalogue.choose("chat").id == "next"
    assert catalogue.choose("chat").context_tokens == 131072
    assert catalogue.resolve("claude").id == "grok-9"
    assert catalogue.resolve("sonnet").vendor == "anthropic"


def test_an_address_of_ones_own_is_spelled_out() -> None:
    catalogue = catalogue_of({"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": "http://127.0.0.1:9"})
    place = catalogue.endpoint(catalogue.resolve("gpt"))
    assert (place.base_url, place.has_own_url) == ("http://127.0.0.1:9/v1", True)
    assert KEY not in repr(place)


@pytest.mark.parametrize(
    ("own", "said", "works"),
    [
        ("x = [", "not valid TOML", "label"),
        ("vendors = 3", "wrong shape", "[vendors.work]"),
        ('[vendors.work]\nbase_url = "ten"', "vendors.work.base_url", "http://127.0.0.1:8080/v1"),
        ('[vendors.work]\nlabel = "Work"', "vendors.work has no base_url", "http://127.0.0.1:8080/v1"),
        ('[vendors.work]\nbase_url = "http://x/v1"\nmodel = "x"', "vendors.work.model", "models"),
        ('[[models]]\nname = "x"\nid = "x"', "models.x.vendor", "openai"),
        ('[[models]]\nid = "x"', "has no name", "name"),
        ('[[models]]\nname = "x"\nvendor = "nope"\nid = "x"', "unknown vendor 'nope'", "vendors.work"),
        ('[[models]]\nname = "gpt"\ncontext_tokens = 3', "models.gpt.context_tokens", "128000"),
        ('[vendors.openai.defaults]\nchat = "gtp"', "vendors.openai.defaults.chat", ""),
        ('colour = "red"', "colour", "order"),
    ],
)
def test_a_wrong_file_is_refused_with_what_works(own: str, said: str, works: str) -> None:
    with pytest.raises(SettingsError) as refused:
        catalogue_of({}, own)
    assert "models.toml" in refused.value.message
    assert said in refused.value.message
    assert works in refused.value.hint


def test_a_model_past_its_day_is_no_longer_offered() -> None:
    key = {"OPENAI_API_KEY": KEY}
    assert catalogue_of(key, today=date(2027, 1, 5)).choose("speech").name == "gpt-tts"
    with pytest.raises(NotConfigured):
        catalogue_of(key, today=date(2027, 1, 6)).choose("speech")


def test_a_key_stored_later_counts(tmp_path: Path) -> None:
    file = model_file.read(tmp_path)
    keys = KeyRing.load(tmp_path, {}, file.vendors)
    catalogue = TomlCatalogue(file, keys, lambda: True)
    assert catalogue.choose("chat").name == "local"
    keys.save(tmp_path, "openai", KEY)
    assert catalogue.choose("chat").name == "gpt"


def test_who_searches_by_itself_is_known_with_how_to_ask() -> None:
    catalogue = catalogue_of({})
    assert catalogue.resolve("sonnet").has_search
    assert catalogue.resolve("perplexity/sonar").has_search
    assert not catalogue.resolve("deepseek").has_search
    assert all(catalogue.endpoint(model).search_body for model in catalogue.models if model.has_search)


def test_behind_an_address_of_ones_own_only_plain_chat_is_asked_unless_said() -> None:
    moved = '[vendors.openai]\nbase_url = "http://10.0.0.5:8000/v1"\n'
    place = catalogue_of({}, moved).endpoint(catalogue_of({}, moved).resolve("gpt"))
    assert (place.searches_at, dict(place.search_body)) == ("chat", {})
    told = f'{moved}searches_at = "responses"\n'
    place = catalogue_of({}, told).endpoint(catalogue_of({}, told).resolve("gpt"))
    assert (place.searches_at, bool(place.search_body)) == ("responses", True)


def test_tools_that_a_vendor_runs_are_known_with_what_they_search() -> None:
    own = """
[vendors.openai]
vector_stores = ["vs_1"]
[vendors.work]
base_url = "http://10.0.0.5:8000/v1"
hosted = ["code_interpreter"]
[[models]]
name = "coder"
vendor = "work"
id = "coder-1"
capabilities = ["chat", "tools"]
[[models]]
name = "talker"
vendor = "work"
id = "talker-1"
[[models]]
name = "gpt-mini"
hosted = []
"""
    catalogue = catalogue_of({}, own)
    hosted = {name: set(catalogue.resolve(name).hosted) for name in ("gpt", "gpt-mini", "coder", "talker")}
    assert hosted == {
        "gpt": {"code_interpreter", "file_search"},
        "gpt-mini": set(),
        "coder": {"code_interpreter"},
        "talker": set(),
    }
    assert catalogue.endpoint(catalogue.resolve("gpt")).vector_stores == ("vs_1",)
    assert not catalogue.resolve("openai/unheard-of").hosted


def test_behind_an_address_of_ones_own_the_vendors_tools_are_gone_unless_said() -> None:
    moved = '[vendors.openai]\nbase_url = "http://10.0.0.5:8000/v1"\n'
    assert not catalogue_of({}, moved).resolve("gpt").hosted
    assert catalogue_of({}, f'{moved}hosted = ["file_search"]\n').resolve("gpt").hosted == {"file_search"}


@pytest.mark.parametrize(
    ("own", "named"),
    [
        ('[vendors.anthropic]\nhosted = ["code_interpreter"]\n', 'needs wire = "openai"'),
        ('[vendors.openai]\nhosted = ["browser"]\n', "code_interpreter"),
        ('[vendors.openai]\nvector_stores = "vs_1"\n', "vs_abc123"),
    ],
    ids=["other wire", "unknown tool", "no list"],
)
def test_a_hosted_tool_that_cannot_be_is_refused_with_the_reason(own: str, named: str) -> None:
    with pytest.raises(SettingsError) as refused:
        catalogue_of({}, own)
    assert named in refused.value.message + refused.value.hint
