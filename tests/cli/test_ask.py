"""`vtai ask`: one turn in the terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import FakeHandler, Shell
from tests.fakes import FakeCatalogue, model
from vtai.core.errors import RateLimited
from vtai.core.events import (
    Choice,
    Choices,
    FileReady,
    Notice,
    Source,
    SourcesFound,
    TextDelta,
    ThinkingDelta,
    ToolFinished,
    ToolProgress,
    ToolStarted,
    Usage,
)
from vtai.core.turn import Capability

PICTURE = FileReady("cat.png", "image/png", b"\x89PNG", "A cat")


def saying(*script: object) -> Shell:
    return Shell(handlers=(FakeHandler(script=list(script)),))  # type: ignore[arg-type]


def test_the_answer_and_nothing_else_is_on_standard_output(shell: Shell) -> None:
    outcome = shell("ask", "Hi")
    assert (outcome.code, outcome.out, outcome.err) == (0, "Hello there.\n", "")


def test_words_without_quotes_are_one_message(shell: Shell) -> None:
    shell("ask", "How", "are", "you?")
    assert shell.handlers[0].turns[0].text == "How are you?"


def test_what_is_beside_the_answer_goes_to_standard_error() -> None:
    shell = saying(
        Notice("model", "A small model answers."),
        ThinkingDelta("Hm."),
        ToolStarted("1", "calculator", "1 + 1"),
        ToolProgress("1", "working"),
        ToolFinished("1", "2"),
        TextDelta("Two."),
    )
    outcome = shell("ask", "1 + 1?")
    assert outcome.out == "Two.\n"
    assert outcome.err.splitlines() == [
        "A small model answers.",
        "Hm.",
        "calculator: 1 + 1",
        "working",
        "= 2",
    ]


def test_who_answered_and_the_cost_are_told_only_where_somebody_watches() -> None:
    shell = saying(TextDelta("Hi."), Usage("sonnet", 10, 3, 0.0012))
    assert shell("ask", "Hi").err == ""
    watched = shell("ask", "Hi", is_terminal=True).err
    assert "text (100%, default)" in watched
    assert "sonnet: 10 tokens in, 3 out, $0.0012" in watched


def test_no_colour_codes_reach_a_pipe() -> None:
    shell = saying(ThinkingDelta("Hm."), Notice("a", "b"), TextDelta("Hi."))
    piped, watched = shell("ask", "Hi"), shell("ask", "Hi", is_terminal=True)
    assert "\x1b" not in piped.out + piped.err
    assert "\x1b[2mHm.\x1b[0m" in watched.err


def test_no_colour_wins_over_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in saying(ThinkingDelta("Hm."))("ask", "Hi", is_terminal=True).err


def test_a_model_cannot_send_commands_to_the_terminal() -> None:
    outcome = saying(TextDelta("a\x1b]0;owned\x07b\rc\tn\n"))("ask", "Hi", is_terminal=True)
    assert outcome.out == "a]0;ownedbc\tn\n"


def test_sources_are_listed_under_the_answer() -> None:
    cats = Source(1, "Cats", "https://example.org/cats", "Cats sleep.")
    outcome = saying(SourcesFound((cats,)), TextDelta("They sleep [1]."))("ask", "Cats?")
    assert outcome.out == "They sleep [1].\n[1] Cats https://example.org/cats\n"


QUESTION = Choices("Which one?", (Choice("vision", "Look at it"), Choice("text", "Text")))


@pytest.mark.parametrize(
    ("arguments", "commands"),
    [
        pytest.param(
            ["a fox's tail"],
            """vtai ask --route vision 'a fox'"'"'s tail'""",
            id="quoted for the shell",
        ),
        pytest.param(
            ["--file", __file__, "--model", "fake", "Hm"],
            f"vtai ask --route vision --file {__file__} --model fake Hm",
            id="with its files and model",
        ),
        pytest.param(["--", "-5 + 3"], "vtai ask --route vision -- '-5 + 3'", id="no option"),
    ],
)
def test_a_question_back_says_what_to_type_for_each_answer_and_is_no_failure(
    arguments: list[str], commands: str
) -> None:
    outcome = saying(QUESTION)("ask", *arguments)
    assert (outcome.code, outcome.out) == (0, "")
    assert outcome.err == "\n".join(
        (
            "Which one?",
            f"  Look at it: {commands}",
            f"  Text: {commands.replace('--route vision', '--route text')}",
            "",
        )
    )


def test_a_question_back_is_an_event_among_the_json_lines() -> None:
    outcome = saying(QUESTION)("ask", "--json", "Hm")
    assert outcome.code == 0
    told = [json.loads(line) for line in outcome.out.splitlines()]
    assert told[-1] == {
        "event": "choices",
        "question": "Which one?",
        "options": [{"route": "vision", "label": "Look at it"}, {"route": "text", "label": "Text"}],
    }


def test_a_failure_says_what_to_do_and_exits_with_1() -> None:
    outcome = saying(TextDelta("Half"), RateLimited("Too many requests.", "Wait a minute."))("ask", "Hi")
    assert (outcome.code, outcome.out) == (1, "Half\n")
    assert outcome.err == "Too many requests.\nWait a minute.\n"


def test_an_unexpected_failure_shows_a_reference_and_no_traceback() -> None:
    outcome = saying(ZeroDivisionError("secret detail"))("ask", "Hi")
    assert outcome.code == 1
    assert "reference" in outcome.err
    assert "Traceback" not in outcome.err
    assert "secret detail" not in outcome.err


def test_ctrl_c_ends_the_answer_cleanly() -> None:
    shell = saying(TextDelta("Half"), KeyboardInterrupt, TextDelta(" never"))
    outcome = shell("ask", "Hi")
    assert (outcome.code, outcome.out, outcome.err) == (130, "Half\n", "")
    assert (shell.handlers[0].ended, shell.closed) == (1, 1)


def test_the_application_is_closed_after_answer_and_failure() -> None:
    for script in ([TextDelta("Hi")], [RateLimited("No.", "Wait.")]):
        shell = saying(*script)
        shell("ask", "Hi")
        assert shell.closed == 1


@pytest.mark.parametrize(
    ("arguments", "piped", "text"),
    [
        pytest.param(("-",), "from a pipe\n", "from a pipe", id="a dash reads standard input"),
        pytest.param((), "from a pipe\n", "from a pipe", id="nothing but a pipe"),
        pytest.param(("Sum up:",), "a\nb\n", "Sum up:\n\na\nb", id="a pipe below the words"),
        pytest.param(("Hi",), "", "Hi", id="an empty pipe"),
        pytest.param(("-",), "\u00e9\U0001f408", "\u00e9\U0001f408", id="not only ASCII"),
    ],
)
def test_piped_input_is_sent(shell: Shell, arguments: tuple[str, ...], piped: str, text: str) -> None:
    assert shell("ask", *arguments, piped=piped).code == 0
    assert shell.handlers[0].turns[0].text == text


def test_nothing_to_ask_is_refused(shell: Shell) -> None:
    outcome = shell("ask")
    assert outcome.code == 1
    assert "vtai ask" in outcome.err


def test_files_go_along(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,y\n")
    (tmp_path / "b.png").write_bytes(b"\x89PNG")
    shell("ask", "What is this?", "--file", str(tmp_path / "a.csv"), "-f", str(tmp_path / "b.png"))
    first, second = shell.handlers[0].turns[0].attachments
    assert (first.name, first.kind, first.size_bytes) == ("a.csv", "data", 4)
    assert (second.name, second.media_type, second.path) == ("b.png", "image/png", tmp_path / "b.png")


def test_a_file_alone_is_a_message(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,y\n")
    assert shell("ask", "--file", str(tmp_path / "a.csv")).code == 0


def test_a_file_that_cannot_be_sent_is_named(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VT_MAX_UPLOAD_MB", "1")
    monkeypatch.setenv("VT_MAX_UPLOAD_FILES", "1")
    (tmp_path / "big.bin").write_bytes(b"0" * 1_000_001)
    cases = {"absent.txt": "cannot be read", "big.bin": "larger than 1 MB", ".": "not a file"}
    for name, reason in cases.items():
        outcome = shell("ask", "Hi", "--file", str(tmp_path / name))
        assert outcome.code == 1
        assert reason in outcome.err
    assert "too many" in shell("ask", "Hi", "--file", "a", "--file", "b").err
    assert not shell.built


def test_the_route_is_forced(shell: Shell) -> None:
    shell("ask", "Hi", "--route", "vision")
    assert shell.handlers[1].turns[0].route == "vision"


def test_an_unknown_route_is_refused_with_the_list(shell: Shell) -> None:
    outcome = shell("ask", "Hi", "--route", "visoin")
    assert outcome.code == 1
    assert "text, vision" in outcome.err


@pytest.mark.parametrize(
    ("can", "serves"),
    [
        pytest.param({"chat"}, {"chat", "reasoning", "vision", "tools"}, id="chat, and what goes with it"),
        pytest.param({"image"}, {"image"}, id="pictures alone"),
    ],
)
def test_the_named_model_is_asked_wherever_it_may_be_able(
    can: set[Capability], serves: set[Capability]
) -> None:
    shell = Shell(catalogue=FakeCatalogue((model(), model("named", can=frozenset(can)))))
    shell("ask", "Hi", "--model", "named")
    assert shell.handlers[0].turns[0].preferences.models == dict.fromkeys(serves, "named")


def test_an_unknown_model_is_refused(shell: Shell) -> None:
    outcome = shell("ask", "Hi", "--model", "nobody")
    assert outcome.code == 1
    assert "'nobody'" in outcome.err
    assert shell.closed == 1


def test_json_prints_every_event_on_a_line(tmp_path: Path) -> None:
    shell = saying(ThinkingDelta("Hm."), TextDelta("Hi\n"), PICTURE, RateLimited("No.", "Wait."))
    outcome = shell("ask", "Hi", "--json", "--out", str(tmp_path))
    events = [json.loads(line) for line in outcome.out.splitlines()]
    assert [event.pop("event") for event in events] == [
        "route_chosen",
        "thinking_delta",
        "text_delta",
        "file_ready",
        "failed",
    ]
    assert events[0]["decision"]["route"] == "text"
    assert events[2] == {"text": "Hi\n"}
    assert Path(events[3]["path"]).read_bytes() == PICTURE.data
    assert (outcome.code, outcome.err) == (1, "")


def test_json_is_readable_whatever_the_terminal_can_show() -> None:
    outcome = saying(TextDelta("\u4f60\u597d"))("ask", "Hi", "--json", encoding="latin-1")
    assert json.loads(outcome.out.splitlines()[1])["text"] == "\u4f60\u597d"


def test_text_that_the_terminal_cannot_show_does_no_harm() -> None:
    assert saying(TextDelta("\u4f60 ok"))("ask", "Hi", encoding="ascii").out == "? ok\n"
