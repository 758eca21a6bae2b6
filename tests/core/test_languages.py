"""Languages told from their script, letters and short words."""
# ruff: noqa: RUF001 - the characters of other scripts are what is tested

from __future__ import annotations

import pytest

from vtai.core import languages

SENTENCES = {
    "en": "Good morning, how are you today?",
    "de": "Guten Morgen, wie geht es dir?",
    "fr": "Bonjour, comment ça va ?",
    "es": "Buenos días, ¿cómo estás?",
    "pt": "Bom dia, tudo bem com você?",
    "it": "Il treno è in ritardo di un'ora.",
    "nl": "Goedemorgen, hoe gaat het met je?",
    "sv": "God morgon, hur mår du? Jag är här.",
    "da": "Godmorgen, hvad laver du i dag? Jeg kan ikke se det.",
    "nb": "God morgen, hva gjør du i dag? Jeg kan ikke se det.",
    "fi": "Hyvää huomenta, mitä kuuluu?",
    "pl": "Dzień dobry, jak się masz?",
    "cs": "Dobrý den, jak se máte?",
    "ro": "Bună ziua, ce mai faceți?",
    "hu": "Jó reggelt, hogy vagy?",
    "tr": "Günaydın, bugün nasılsın?",
    "id": "Selamat pagi, apa kabar?",
    "vi": "Chào buổi sáng, bạn có khỏe không?",
    "ru": "Доброе утро, как дела?",
    "uk": "Доброго ранку, як справи?",
    "bg": "Добро утро, как си? Това е добър ден.",
    "el": "Καλημέρα",
    "he": "בוקר טוב",
    "ar": "صباح الخير",
    "fa": "صبح بخیر، چطوری؟",
    "ur": "آپ کیسے ہیں؟",
    "hi": "नमस्ते",
    "bn": "সুপ্রভাত",
    "ta": "வணக்கம்",
    "te": "నమస్కారం",
    "th": "สวัสดี",
    "ka": "გამარჯობა",
    "hy": "Բարեւ",
    "ko": "안녕하세요",
    "ja": "今日は天気がいいです。",
    "zh": "早上好,你好吗?",
}


@pytest.mark.parametrize(("code", "text"), [pytest.param(*pair, id=pair[0]) for pair in SENTENCES.items()])
def test_a_sentence_tells_its_language(code: str, text: str) -> None:
    assert languages.of(text) == code


def test_every_language_of_the_table_has_a_sentence_here() -> None:
    assert set(SENTENCES) == set(languages.known())


@pytest.mark.parametrize("text", ["", "42", "OK.", "!?", "🎉", "Kubernetes"])
def test_what_tells_nothing_is_in_the_language_of_before(text: str) -> None:
    assert languages.of(text) == "en"
    assert languages.of(text, "de") == "de"


def test_what_may_be_either_of_two_languages_is_in_that_of_before() -> None:
    assert [languages.of("Det er en god dag for det", before) for before in ("da", "nb")] == ["da", "nb"]


def test_a_foreign_word_does_not_change_the_language() -> None:
    assert languages.of("The word for window is 窓 in that language, and a door is ドア.") == "en"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("French", "fr"),
        ("DEUTSCH", "de"),
        ("日本語", "ja"),
        ("brazilian portuguese", "pt"),
        ("mandarin", "zh"),
    ],
)
def test_languages_have_the_names_that_people_use(name: str, code: str) -> None:
    found = languages.named(name)
    assert found is not None
    assert found.code == code


def test_other_words_are_no_languages() -> None:
    assert languages.named("general") is None
