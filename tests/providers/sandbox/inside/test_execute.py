"""Code runs like a cell of a notebook, and its errors are shown as its author can use them."""

from __future__ import annotations

import linecache
import textwrap

import pytest

from tests.providers.sandbox.inside.runs import Notebook
from vtai.providers.sandbox.inside import failures
from vtai.providers.sandbox.inside.display import MAX_RESULT_BYTES


@pytest.mark.parametrize(
    ("code", "result"),
    [
        ("1 + 1", "2"),
        ("x = 5\nx * 2", "10"),
        ("x = 5", None),
        ("None", None),
        ("1 + 1;", None),
        ("'a\\nb'", "'a\\nb'"),
        ("", None),
        ("# nothing", None),
        ("def f():\n    return 3\nf()", "3"),
        ("for i in range(3):\n    i", None),
        ("from __future__ import annotations\nx: nowhere = 1\nx", "1"),
        ("'\\ud800'", "'\\ud800'"),
        ("__name__", "'__main__'"),
    ],
    ids=[
        "expression",
        "last line",
        "assignment",
        "None",
        "semicolon",
        "text",
        "empty",
        "comment",
        "function",
        "loop",
        "future",
        "half a character",
        "main",
    ],
)
def test_the_value_of_the_last_expression_is_the_result(
    notebook: Notebook, code: str, result: str | None
) -> None:
    assert notebook.result(code) == result


def test_variables_stay_for_the_next_run_of_the_same_notebook_only(notebook: Notebook) -> None:
    notebook.run("import math\nx = math.pi")
    assert notebook.result("round(x, 2)") == "3.14"
    assert Notebook().failure("x")[0] == "NameError"


def test_variables_stay_after_an_error(notebook: Notebook) -> None:
    notebook.failure("x = 1\ny = 1 / 0")
    assert notebook.result("x") == "1"


def test_the_last_value_has_the_name_of_the_interpreter(notebook: Notebook) -> None:
    notebook.run("41")
    assert notebook.result("_ + 1") == "42"


def test_annotations_of_our_own_modules_do_not_leak_into_the_code(notebook: Notebook) -> None:
    assert notebook.result("def f(x: int): pass\nf.__annotations__['x'] is int") == "True"


def test_classes_can_be_pickled(notebook: Notebook) -> None:
    notebook.run("import pickle\nclass Point:\n    x = 1")
    assert notebook.result("pickle.loads(pickle.dumps(Point())).x") == "1"


def test_an_error_shows_the_lines_of_the_code_alone(notebook: Notebook) -> None:
    notebook.run("\n\ndef half(n):\n    return n / 0\n")
    kind, message, trace = notebook.failure("import json\nhalf(3)")
    assert (kind, message) == ("ZeroDivisionError", "division by zero")
    assert trace == textwrap.dedent("""\
        Traceback (most recent call last):
          File "<code>", line 2, in <module>
            half(3)
          File "<code>", line 4, in half
            return n / 0
        ZeroDivisionError: division by zero
    """)


def test_an_error_inside_a_library_shows_where_the_code_called_it(notebook: Notebook) -> None:
    _, _, trace = notebook.failure("import json\njson.loads('{')")
    assert trace.count("  File ") == 1
    assert "  File \"<code>\", line 2, in <module>\n    json.loads('{')\n" in trace
    assert trace.splitlines()[-1].startswith("JSONDecodeError: ")


def test_a_syntax_error_shows_the_place(notebook: Notebook) -> None:
    kind, message, trace = notebook.failure("x = 1\ny = (2 +")
    assert (kind, message) == ("SyntaxError", "'(' was never closed")
    assert 'File "<code>", line 2\n    y = (2 +\n' in trace


def test_what_led_to_an_error_is_shown_before_it(notebook: Notebook) -> None:
    code = "try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    raise KeyError('k') from error"
    _, _, trace = notebook.failure(code)
    first, second = trace.split("\nThe above exception was the direct cause of the following exception:\n\n")
    assert first.endswith("ZeroDivisionError: division by zero\n")
    assert second.endswith("KeyError: 'k'\n")
    _, _, trace = notebook.failure(
        "try:\n    1 / 0\nexcept ZeroDivisionError:\n    raise KeyError('k') from None"
    )
    assert "ZeroDivisionError" not in trace


def test_the_errors_of_a_group_are_named(notebook: Notebook) -> None:
    _, _, trace = notebook.failure("raise ExceptionGroup('two', [ValueError('a'), KeyError('b')])")
    assert "  | ValueError: a\n  | KeyError: 'b'\n" in trace


LONG = {
    "endless text": "raise ValueError('x' * 100_000_000)",
    "deep chain": """
def fail(n):
    try:
        if n: fail(n - 1)
        raise ValueError(n)
    except Exception as error:
        raise KeyError('x' * 10_000) from error
fail(80)""",
    "ring": "a, b = ValueError('a'), ValueError('b')\na.__cause__, b.__cause__ = b, a\nraise a",
    "deep recursion": "def f(n): return f(n + 1)\nf(0)",
    "long line": "raise ValueError(" + " + ".join(["'abc'"] * 5_000) + ")",
    "wide characters": "raise ValueError('\U0001f600' * 10_000)",
    "control characters": "raise ValueError('\\x01' * 10_000)",
    "big group": "raise ExceptionGroup('many', [ValueError('x' * 10_000) for _ in range(1000)])",
}


@pytest.mark.parametrize("code", LONG.values(), ids=LONG)
def test_endless_errors_are_cut(notebook: Notebook, code: str) -> None:
    _, message, trace = notebook.failure(code)
    assert len(message) <= failures.MAX_MESSAGE + len("[...]")
    assert len(trace.encode()) <= failures.MAX_TRACEBACK_BYTES


def test_a_deep_recursion_shows_its_beginning_and_its_end(notebook: Notebook) -> None:
    _, _, trace = notebook.failure("def f(n):\n    return f(n + 1)\nf(0)")
    assert "line 3, in <module>\n    f(0)\n" in trace
    assert "more calls are left out]" in trace
    assert trace.splitlines()[-1].startswith("RecursionError")


HOSTILE_BASE = """
class Hostile{base}:
    def __repr__(self): {repr}
    __str__ = __repr__
    def __eq__(self, other): raise RuntimeError
    __hash__ = None
    def __bool__(self): raise RuntimeError
    def __len__(self): raise RuntimeError
    def __getattribute__(self, name): raise RuntimeError(name)
    @property
    def __class__(self): raise RuntimeError
    @property
    def __cause__(self): raise RuntimeError
    __context__ = __traceback__ = exceptions = __cause__
"""
REPRS = {
    "raises": "raise RuntimeError",
    "exits": "raise SystemExit",
    "raises itself": "raise Hostile() from Hostile()",
    "is no text": "return 5",
    "recursion": "return repr(self)",
}


@pytest.mark.parametrize("body", REPRS.values(), ids=REPRS)
def test_a_hostile_exception_is_an_error_all_the_same(notebook: Notebook, body: str) -> None:
    code = HOSTILE_BASE.format(base="(Exception)", repr=body.replace("Hostile()", "ValueError()"))
    kind, message, trace = notebook.failure(code + "\nraise Hostile")
    assert kind == "Hostile"
    assert message == "[its text could not be made]"
    assert trace.endswith("Hostile: [its text could not be made]\n")


@pytest.mark.parametrize("body", [REPRS["raises"], REPRS["is no text"], REPRS["recursion"]])
def test_a_hostile_value_is_an_error_of_the_code(notebook: Notebook, body: str) -> None:
    assert notebook.run(HOSTILE_BASE.format(base="", repr=body) + "\nHostile()").status == "error"
    assert notebook.result("1") == "1"


def test_a_class_with_a_hostile_name_is_an_error_all_the_same(notebook: Notebook) -> None:
    code = """
class Meta(type):
    @property
    def __name__(cls): raise RuntimeError
    def __subclasscheck__(cls, other): raise RuntimeError
    def __instancecheck__(cls, other): raise RuntimeError
    def __eq__(cls, other): raise RuntimeError
    def __hash__(cls): raise RuntimeError
class Bad(Exception, metaclass=Meta): pass
"""
    notebook.failure(code + "raise Bad")
    assert notebook.run("Bad()").status in {"ok", "error"}


OWN_TEXT = """
class Text(str):
    __len__ = __getitem__ = __str__ = encode = None
class Shown:
    def __repr__(self): return Text("x" * 100_000 + "end")
Shown()"""
VALUES = {
    "text": ("'x' * 100_000", "[the beginning of 100000]"),
    "bytes": ("b'x' * 100_000", "[the beginning of 100000]"),
    "list": ("list(range(100_000))", "[the first 5000 of 100000]"),
    "dict": ("{n: n for n in range(100_000)}", "[the first 5000 of 100000]"),
    "set": ("set(range(100_000))", "[the first 5000 of 100000]"),
    "own": ("type('A', (), {'__repr__': lambda self: 'x' * 100_000 + 'end'})()", "end"),
    "own text": (OWN_TEXT, "end"),
    "wide characters": ("['\U0001f600' * 100_000]", "']"),
}  # fmt: skip


@pytest.mark.parametrize(("code", "end"), VALUES.values(), ids=VALUES)
def test_endless_values_are_cut(notebook: Notebook, code: str, end: str) -> None:
    result = notebook.result(code)
    assert result is not None
    assert type(result) is str
    assert len(result.encode()) <= MAX_RESULT_BYTES
    assert result.endswith(end)


@pytest.mark.parametrize("code", ["import sys; sys.exit()", "exit(0)", "raise SystemExit"])
def test_leaving_ends_the_run_only(notebook: Notebook, code: str) -> None:
    notebook.run("x = 1")
    assert notebook.run(code).status == "ok"
    assert notebook.result("x") == "1"


@pytest.mark.parametrize(
    ("code", "message"), [("import sys; sys.exit('no data')", "no data"), ("raise SystemExit(3)", "3")]
)
def test_leaving_with_a_reason_is_a_failure(notebook: Notebook, code: str, message: str) -> None:
    assert notebook.failure(code) == ("SystemExit", message, "")


def test_too_little_memory_is_told_apart(notebook: Notebook) -> None:
    outcome = notebook.run("x = 1\nbig = 'x' * (1 << 62)")
    assert outcome.status == "memory"
    assert outcome.failure is not None
    assert outcome.failure.message == "The code needed more memory than it may have."
    assert "line 2, in <module>\n    big = 'x' * (1 << 62)\n" in outcome.failure.traceback
    assert notebook.result("x") == "1"


@pytest.mark.parametrize("code", ["(" * 300 + ")" * 300, "x = " + "-" * 100_000 + "1", "a\0b", "\ud800"])
def test_source_that_cannot_be_compiled_is_an_error(notebook: Notebook, code: str) -> None:
    assert notebook.run(code).status in {"error", "memory"}
    assert notebook.result("1") == "1"


def test_what_failed_code_held_is_let_go(notebook: Notebook) -> None:
    notebook.run("import weakref\nclass Big: pass\nalive = []")
    notebook.failure("def f():\n    big = Big()\n    alive.append(weakref.ref(big))\n    1 / 0\nf()")
    assert notebook.result("alive[0]()") is None


def test_only_so_much_source_is_kept(notebook: Notebook) -> None:
    before = set(linecache.cache)
    for _ in range(6):
        notebook.run("#" * 1_000_000)
    assert len(set(linecache.cache) - before) <= 4
