"""The shipped index belongs to the shipped examples, and is made again the same."""

from collections import Counter
from pathlib import Path

import pytest

from vtai.core.errors import NotReady, SettingsError
from vtai.routing import train, utterances
from vtai.routing.encoder import Head
from vtai.routing.features import Extractor, read_concepts
from vtai.routing.head import Rows, learned
from vtai.routing.messages import Situated

LANGUAGES = (
    "ar",
    "de",
    "en",
    "es",
    "fr",
    "hi",
    "id",
    "it",
    "ja",
    "ko",
    "nl",
    "pl",
    "pt",
    "ru",
    "tr",
    "vi",
    "zh",
)


def test_the_shipped_index_was_made_from_the_shipped_examples_and_code() -> None:
    assert Head.load().fingerprint == train.fingerprint(), "run: vtai routes train"


def test_every_route_has_examples_in_every_language() -> None:
    counts = Counter((one.route, one.language) for one in utterances.read_all() if not one.made)
    missing = [(r, lang) for r in train.ROUTES for lang in LANGUAGES if counts[r, lang] < 25]
    assert missing == []


def test_no_example_belongs_to_two_routes() -> None:
    routes: dict[Situated, set[str]] = {}
    for one in utterances.read_all():
        routes.setdefault(one.message, set()).add(one.route)
    assert [message.text for message, names in routes.items() if len(names) > 1] == []


def test_follow_ups_name_routes_that_exist() -> None:
    named = {one.message.previous_route for one in utterances.read_all()} - {""}
    assert named <= set(train.ROUTES)


def test_an_unknown_slot_of_a_grammar_is_refused_with_its_place() -> None:
    with pytest.raises(SettingsError, match=r"x\.grammar:3: unknown slot \$colour"):
        utterances.expanded("a $colour cat", {}, "x.grammar:3")


def test_a_grammar_gives_the_same_few_lines_each_time() -> None:
    slots = {"a": [str(n) for n in range(50)]}
    first = utterances.expanded("$a and $a", slots, "x.grammar:1")
    assert first == utterances.expanded("$a and $a", slots, "x.grammar:1")
    assert len(first) == len(set(first)) > 1


@pytest.mark.slow
def test_training_again_gives_the_shipped_weights(tmp_path: Path) -> None:
    report = train.train(tmp_path / "again.npz")
    again, shipped = Head.load(tmp_path / "again.npz"), Head.load()
    assert again.vocabulary == shipped.vocabulary
    # Processors differ in the last digits of an exponential; bytes are the same on one machine.
    assert abs(again.weights - shipped.weights).max() < 0.05
    # Whole sections are held out, so this is accuracy on wordings and themes never seen.
    assert report.accuracy > 0.7
    assert report.calibration_error < 0.05
    assert report.bytes_written < 3_000_000


def test_a_damaged_index_is_refused_with_the_command_that_mends_it(tmp_path: Path) -> None:
    (tmp_path / "index.npz").write_bytes(b"PK nothing")
    with pytest.raises(NotReady) as refused:
        Head.load(tmp_path / "index.npz")
    assert "vtai routes train" in refused.value.hint


def test_the_head_learns_what_can_be_told_apart() -> None:
    import numpy as np

    columns = np.array([0, 2, 1, 2, 0, 2, 1, 2], np.int32)
    rows = Rows(np.arange(0, 9, 2, dtype=np.int32), columns, np.ones(8, np.float32), 3)
    classes = np.array([0, 1, 0, 1], np.int32)
    weights = learned(rows, classes, 2, np.ones(4, np.float32), ridge=1e-4, steps=30)
    assert rows.times(weights).argmax(axis=1).tolist() == classes.tolist()


@pytest.mark.parametrize(
    ("text", "feature"),
    [
        pytest.param("Draw a cat", "about:draw", id="English concept"),
        pytest.param("zeichne eine Katze", "about:draw", id="German concept"),
        pytest.param("猫を描いて", "about:draw", id="Japanese concept"),
        pytest.param("see https://example.org/a.png", "form:url-image", id="address of a picture"),
        pytest.param("fix sales.csv", "form:data-file", id="file name"),
        pytest.param("what?", "form:asks", id="question"),
    ],
)
def test_facts_of_form_and_content_are_features(text: str, feature: str) -> None:
    assert feature in Extractor(read_concepts()).extract(Situated(text)).facts
