"""Keys: where they come from, how they are stored, what of them is shown."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from vtai.core.errors import SettingsError, UnknownName
from vtai.providers import model_file
from vtai.providers.keys import KeyRing

KEY = "sk-proj-0123456789abcdef"


def ring(folder: Path, **environ: str) -> KeyRing:
    return KeyRing.load(folder, environ, model_file.read(folder).vendors)


def secret(keys: KeyRing, vendor: str) -> str | None:
    key = keys.get(vendor)
    return key.get_secret_value() if key else None


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("OPENAI_API_KEY=from-file\nMISTRAL_API_KEY='from file too'\n")
    keys = ring(tmp_path, OPENAI_API_KEY="from-environment")
    assert secret(keys, "openai") == "from-environment"
    assert secret(keys, "mistral") == "from file too"
    assert keys.origin("openai") == "OPENAI_API_KEY in the environment"
    assert keys.origin("mistral") == "MISTRAL_API_KEY in the .env file"


def test_an_empty_variable_counts_as_absent(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("OPENAI_API_KEY=from-file\n")
    assert secret(ring(tmp_path, OPENAI_API_KEY="  "), "openai") == "from-file"


@pytest.mark.parametrize(
    ("vendor", "variable"),
    [
        ("gemini", "GOOGLE_API_KEY"),
        ("google", "GEMINI_API_KEY"),
        ("claude", "ANTHROPIC_API_KEY"),
        ("lmstudio", "LM_STUDIO_API_KEY"),
        ("lm_studio", "LM_STUDIO_API_KEY"),
        ("tavily", "TAVILY_API_KEY"),
        ("together_ai", "TOGETHER_API_KEY"),
        ("cerebras", "CEREBRAS_API_KEY"),
    ],
)
def test_every_usual_name_leads_to_the_key(tmp_path: Path, vendor: str, variable: str) -> None:
    assert secret(ring(tmp_path, **{variable: KEY}), vendor) == KEY


def test_an_unknown_vendor_is_refused_with_the_list(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="opnai") as refused:
        ring(tmp_path).save(tmp_path, "opnai", KEY)
    assert "Did you mean openai" in refused.value.hint
    assert all(name in refused.value.hint for name in ("anthropic", "lmstudio", "tavily", "cerebras"))


def test_a_stored_key_is_private_and_found_again(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "vtai"
    before = dict(os.environ)
    ring(folder).save(folder, "openai", f" {KEY}\n")
    assert (folder / ".env").stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    assert secret(ring(folder), "openai") == KEY
    assert dict(os.environ) == before
    assert [path.name for path in folder.iterdir()] == [".env"]


def test_an_open_file_becomes_private_and_keeps_its_other_lines(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("# mine\nVT_PORT=9000\nexport OPENAI_API_KEY=old\nOPENAI_API_KEY_2=other\n")
    path.chmod(0o644)
    ring(tmp_path).save(tmp_path, "openai", KEY)
    assert path.read_text() == f"# mine\nVT_PORT=9000\nOPENAI_API_KEY_2=other\nOPENAI_API_KEY={KEY}\n"
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_key_just_stored_counts_at_once_over_the_environment(tmp_path: Path) -> None:
    keys = ring(tmp_path, OPENAI_API_KEY="old")
    keys.save(tmp_path, "openai", KEY)
    assert secret(keys, "openai") == KEY


@pytest.mark.parametrize("odd", ["", "   ", "two words", "line\nbreak", "schlüssel"])
def test_what_cannot_be_a_key_is_refused(tmp_path: Path, odd: str) -> None:
    with pytest.raises(SettingsError) as refused:
        ring(tmp_path).save(tmp_path, "openai", odd)
    assert not (tmp_path / ".env").exists()
    assert not odd.strip() or odd not in refused.value.message


@pytest.mark.parametrize("odd", ["it's", 'a"b', "a\\b", "a#b", "${HOME}"])
def test_odd_characters_survive_the_file(tmp_path: Path, odd: str) -> None:
    ring(tmp_path).save(tmp_path, "openai", odd)
    assert secret(ring(tmp_path), "openai") == odd


@pytest.mark.parametrize(
    ("key", "shown"),
    [(KEY, "sk-…cdef"), ("short", "…"), ("fifteen-letters", "…")],
    ids=["long", "short", "15"],
)
def test_a_key_is_shown_masked(tmp_path: Path, key: str, shown: str) -> None:
    assert ring(tmp_path, OPENAI_API_KEY=key).masked("openai") == shown
    assert ring(tmp_path).masked("openai") is None


def test_a_link_that_leads_nowhere_becomes_a_private_file(tmp_path: Path) -> None:
    (tmp_path / ".env").symlink_to(".env")
    ring(tmp_path).save(tmp_path, "openai", KEY)
    assert secret(ring(tmp_path), "openai") == KEY


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(SettingsError) as refused:
        ring(tmp_path).save(blocked / "vtai", "openai", KEY)
    assert KEY not in refused.value.message + refused.value.hint
