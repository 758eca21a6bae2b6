"""What comes out of a session is hostile: only what was agreed gets through, and only so much of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from vtai.core.code import CodeError, CodeOutput
from vtai.core.events import TableReady
from vtai.providers.sandbox import results
from vtai.providers.sandbox.calls import GetCall, PutCall, RunCall
from vtai.providers.sandbox.engine import FileInfo, SandboxOptions
from vtai.providers.sandbox.results import Forged, Printed

TABLE = {"title": "sales", "columns": ["a", "b"], "rows": [["1", "2"]], "total_rows": 90}
DONE = {"status": "ok", "result": None, "error": None, "figures_left_out": 0, "changed": []}
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x10\0\0\0\x10"


def test_a_table_comes_through() -> None:
    assert results.table(TABLE) == TableReady("sales", ("a", "b"), (("1", "2"),), 90)


def test_the_end_of_a_run_comes_through() -> None:
    error = {"type": "ValueError", "message": "no", "traceback": "line 1"}
    done = results.done(
        DONE
        | {"status": "error", "error": error, "changed": [{"name": "a", "size": 3}], "figures_left_out": 2}
    )
    assert done.error == CodeError("ValueError", "no", "line 1")
    assert done.changed == (FileInfo("a", 3),)
    assert done.notes == ("2 more figures are left out; at most 8 are shown of one run.",)


@pytest.mark.parametrize(
    ("read", "header"),
    [
        pytest.param(results.table, TABLE | {"rows": "x"}, id="rows that are text"),
        pytest.param(results.table, TABLE | {"rows": [["1", "2"]] * 51}, id="too many rows"),
        pytest.param(results.table, TABLE | {"rows": [["1"]]}, id="uneven rows"),
        pytest.param(results.table, TABLE | {"rows": [[1, 2]]}, id="cells that are numbers"),
        pytest.param(results.table, TABLE | {"columns": ["a"] * 31}, id="too many columns"),
        pytest.param(results.table, TABLE | {"title": "x" * 301}, id="a long title"),
        pytest.param(results.table, TABLE | {"total_rows": -1}, id="fewer rows than none"),
        pytest.param(results.table, TABLE | {"total_rows": True}, id="a number that is a truth"),
        pytest.param(results.table, {}, id="nothing"),
        pytest.param(results.done, DONE | {"status": "timeout"}, id="a status that is ours to give"),
        pytest.param(results.done, DONE | {"status": []}, id="a status that is a list"),
        pytest.param(results.done, DONE | {"result": "x" * 24_001}, id="a long result"),
        pytest.param(results.done, DONE | {"error": "bad"}, id="an error that is text"),
        pytest.param(results.done, DONE | {"error": {"type": "E"}}, id="an error without a message"),
        pytest.param(
            results.done, DONE | {"changed": [{"name": 1, "size": 1}]}, id="a name that is a number"
        ),
        pytest.param(
            results.done, DONE | {"changed": [{"name": "a", "size": 1e9}]}, id="a size with a point"
        ),
        pytest.param(results.done, DONE | {"changed": [{}] * 2_001}, id="too many files"),
        pytest.param(results.done, DONE | {"notes": ["x"] * 11}, id="too many notes"),
        pytest.param(results.refusal, {"error": {"a": 1}}, id="a refusal that is no text"),
    ],
)
def test_what_was_not_agreed_is_forged(
    read: Callable[[dict[str, Any]], object], header: dict[str, Any]
) -> None:
    with pytest.raises(Forged):
        read(header)


def test_text_is_shown_without_what_would_be_acted_upon() -> None:
    done = results.done(DONE | {"result": "a\x1b[31mb\x00\x9b\tc\nd\ud800"})
    assert done.result == "a[31mb\tc\nd?"


def test_a_run_takes_its_frames_and_no_others() -> None:
    call = RunCall(1, Printed(SandboxOptions()))
    call.take({"op": "figure", "more": True}, PNG)
    call.take({"op": "figure", "more": False}, b"rest")
    call.take({"op": "table", **TABLE}, b"")
    assert [type(event).__name__ for event in call.events()] == ["CodeFigure", "TableReady"]
    with pytest.raises(Forged):
        call.take({"op": "file"}, b"")


@pytest.mark.parametrize(
    "frames",
    [
        pytest.param([({"op": "figure"}, b"GIF89a")], id="no PNG"),
        pytest.param([({"op": "figure"}, PNG)] * 9, id="too many figures"),
        pytest.param([({"op": "figure", "more": True}, bytes(1 << 20))] * 17, id="too large a figure"),
        pytest.param([({"op": "table", **TABLE}, b"")] * 1_001, id="a flood of tables"),
    ],
)
def test_what_a_run_may_show_has_a_limit(frames: list[tuple[dict[str, Any], bytes]]) -> None:
    call = RunCall(1, Printed(SandboxOptions()))
    *before, (header, payload) = frames
    for earlier in before:
        call.take(*earlier)
    with pytest.raises(Forged):
        call.take(header, payload)


def test_a_figure_that_would_be_enormous_when_drawn_is_left_out() -> None:
    call = RunCall(1, Printed(SandboxOptions()))
    call.take({"op": "figure", "more": False}, PNG[:16] + b"\0\0\x75\x30" * 2)
    assert list(call.events()) == []
    assert call.notes == ("1 figures of more than 40 million pixels are left out.",)


def test_tables_beyond_the_limit_are_counted() -> None:
    call = RunCall(1, Printed(SandboxOptions()))
    for _ in range(23):
        call.take({"op": "table", **TABLE}, b"")
    assert len(list(call.events())) == 20
    assert call.notes == ("3 more tables are left out.",)


def test_a_file_that_is_larger_than_asked_for_is_forged() -> None:
    call = GetCall(1, max_bytes=10)
    call.take({"op": "file", "more": True}, b"x" * 10)
    assert not call.is_over
    with pytest.raises(Forged):
        call.take({"op": "file", "more": False}, b"x")
    with pytest.raises(Forged):
        PutCall(1).take({"op": "done"}, b"")


def test_output_is_cut_into_pieces_that_are_whole_characters() -> None:
    printed = Printed(SandboxOptions())
    for byte in "aé€😀\n".encode():
        printed.feed("stdout", bytes([byte]))
    printed.feed("stderr", b"\xff!")
    assert printed.take() == [CodeOutput("stdout", "aé€😀\n"), CodeOutput("stderr", "\ufffd!")]
    assert printed.take() == []


@pytest.mark.parametrize(
    ("out", "err", "kept_out", "kept_err"),
    [
        pytest.param(50, 0, 50, 0, id="all fits"),
        pytest.param(5_000, 0, 100, 0, id="stdout alone takes it all"),
        pytest.param(0, 5_000, 0, 100, id="stderr alone takes it all"),
        pytest.param(5_000, 5_000, 75, 25, id="both: most is for stdout"),
        pytest.param(40, 5_000, 40, 60, id="what one leaves the other takes"),
    ],
)
def test_a_model_reads_the_beginning_and_the_end(out: int, err: int, kept_out: int, kept_err: int) -> None:
    printed = Printed(SandboxOptions(model_output_bytes=100))
    printed.feed("stdout", b"o" * out)
    printed.feed("stderr", b"e" * err)
    stdout, stderr, notes = printed.for_model()
    assert abs(stdout.replace("out", "").count("o") - kept_out) <= 1
    assert abs(stderr.replace("left", "").replace("bytes", "").replace("are", "").count("e") - kept_err) <= 1
    assert ("left out" in stdout + stderr) is (out + err > 100)
    assert bool(notes) is (out + err > 100)


def test_output_counts_even_where_nobody_sees_it() -> None:
    options = SandboxOptions(shown_output_bytes=10, most_output_bytes=100, model_output_bytes=10)
    printed = Printed(options)
    for _ in range(10):
        printed.feed("stdout", b"0123456789")
    assert not printed.is_too_much
    assert printed.take() == [CodeOutput("stdout", "0123456789")]
    printed.feed("stderr", b"x")
    assert printed.is_too_much
