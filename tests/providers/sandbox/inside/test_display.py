"""Tables, plots and pictures of code, shown in bounded space."""

from __future__ import annotations

import datetime as dt
import io

import pytest

from tests.providers.sandbox.inside.runs import Notebook
from vtai.providers.sandbox.inside import figures, frames, tables
from vtai.providers.sandbox.inside.display import MAX_FIGURES, MAX_TABLES

CELLS = {
    "nothing": (None, ""),
    "whole float": (3.0, "3"),
    "short float": (2.5, "2.5"),
    "money": (1234567.891, "1234567.89"),
    "third": (1 / 3, "0.333333"),
    "below zero": (-0.1, "-0.1"),
    "zero": (0.0, "0"),
    "tiny": (1.25e-9, "1.25e-09"),
    "huge": (1.5e300, "1.5e+300"),
    "no number": (float("nan"), ""),
    "endless": (float("inf"), "inf"),
    "big integer": (2**70, str(2**70)),
    "truth": (True, "True"),
    "date": (dt.datetime.fromisoformat("2024-01-31"), "2024-01-31"),
    "moment": (dt.datetime.fromisoformat("2024-01-31T12:05"), "2024-01-31 12:05:00"),
    "midnight elsewhere": (dt.datetime(2024, 1, 31, tzinfo=dt.UTC), "2024-01-31 00:00:00+00:00"),
    "lines": ("a\nb\tc\x00", "a b c "),
    "long": ("x" * 1000, "x" * (tables.MAX_CELL - 1) + "…"),
}


@pytest.mark.parametrize(("value", "text"), CELLS.values(), ids=CELLS)
def test_a_cell_reads_like_its_value(value: object, text: str) -> None:
    assert tables.cell(value) == text


def test_without_libraries_nothing_is_a_table_or_a_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("pandas", "PIL.Image", "matplotlib.figure", "matplotlib.pyplot"):
        monkeypatch.delitem(__import__("sys").modules, name, raising=False)
    assert not tables.is_table([1])
    assert not figures.is_picture([1])
    assert not figures.is_figure([1])
    assert figures.open_figures() == []
    figures.close_all()


@pytest.mark.slow
class TestTables:
    @pytest.fixture(autouse=True)
    def pandas(self) -> None:
        pytest.importorskip("pandas")

    def test_a_data_frame_is_a_table_and_a_text(self, notebook: Notebook) -> None:
        code = "import pandas as pd\nsales = pd.DataFrame({'region': ['N', 'S'], 'sum': [1.5, None]})\nsales"
        text = notebook.result(code)
        assert text is not None
        assert "region" in text
        assert [header for header, _ in notebook.shown] == [
            {
                "op": "table",
                "id": 1,
                "title": "sales",
                "columns": ("", "region", "sum"),
                "rows": (("0", "N", "1.5"), ("1", "S", "")),
                "total_rows": 2,
            }
        ]

    @pytest.mark.parametrize(
        ("code", "columns", "first"),
        [
            ("pd.Series([1, 2], name='n')", ("", "n"), ("0", "1")),
            ("pd.Series({'a': 1.0})", ("", "0"), ("a", "1")),
            ("f.groupby(['k', 'l']).sum()", ("k", "l", "v"), ("x", "y", "1")),
            ("f.groupby('k').agg({'v': ['min', 'max']})", ("k", "v / min", "v / max"), ("x", "1", "2")),
            ("pd.DataFrame([[1, 2]], columns=['a', 'a'])", ("", "a", "a"), ("0", "1", "2")),
            ("f.set_index('v').k", ("v", "k"), ("1", "x")),
            ("pd.DataFrame({'d': pd.to_datetime(['2024-01-31', None])})", ("", "d"), ("0", "2024-01-31")),
            ("pd.DataFrame({'o': [Bad()]})", ("", "o"), ("0", "?")),
            ("Own({'a': [1]})", ("", "a"), ("0", "1")),
            ("f.style", ("", "k", "l", "v"), ("0", "x", "y", "1")),
        ],
        ids=[
            "series",
            "no name",
            "two keys",
            "two heads",
            "same names",
            "named",
            "dates",
            "hostile",
            "own",
            "styled",
        ],
    )
    def test_the_index_comes_first_and_names_are_kept(
        self, notebook: Notebook, code: str, columns: tuple[str, ...], first: tuple[str, ...]
    ) -> None:
        notebook.run("import pandas as pd\nf = pd.DataFrame({'k': ['x', 'x'], 'l': ['y', 'z'], 'v': [1, 2]})")
        notebook.run("class Bad:\n    def __str__(self): raise ValueError\nclass Own(pd.DataFrame): pass")
        notebook.run(code)
        [(header, _)] = notebook.shown
        assert header["columns"] == columns
        assert header["rows"][0] == first

    @pytest.mark.parametrize("value", ["1.0", "'\U0001f600' * 1000", "'\"\\x01' * 1000"])
    def test_a_large_table_is_cut_and_fits_a_frame(self, notebook: Notebook, value: str) -> None:
        code = f"import pandas as pd\npd.DataFrame({{n: [{value}] * 1000 for n in range(100)}})"
        notebook.result(code)
        [(header, _)] = notebook.shown
        assert len(header["columns"]) == tables.MAX_COLUMNS
        assert 1 <= len(header["rows"]) <= tables.MAX_ROWS
        assert header["total_rows"] == 1000
        assert notebook.screen.notes == ["71 columns of a table are not shown."]
        frames.encode(header)

    @pytest.mark.parametrize(
        "shape", ["", "columns=['a']", "index=[1, 2]"], ids=["empty", "no rows", "no columns"]
    )
    def test_a_table_without_cells_is_shown(self, notebook: Notebook, shape: str) -> None:
        notebook.result(f"import pandas as pd\npd.DataFrame({shape})")
        assert notebook.ops == ["table"]

    def test_display_shows_at_once_up_to_a_limit(self, notebook: Notebook) -> None:
        notebook.result("import pandas as pd\nfor n in range(20): display(pd.DataFrame({'a': [n]}))")
        assert [header["rows"] for header, _ in notebook.shown] == [
            (("0", str(n)),) for n in range(MAX_TABLES)
        ]
        assert notebook.screen.notes == [f"Only the first {MAX_TABLES} tables are shown."]

    def test_display_prints_what_is_no_table(
        self, notebook: Notebook, capsys: pytest.CaptureFixture[str]
    ) -> None:
        notebook.result("display('a', 1)")
        assert capsys.readouterr().out == "'a'\n1\n"


def size_of(png: bytes) -> tuple[int, int]:
    from PIL import Image

    with Image.open(io.BytesIO(png), formats=["PNG"]) as picture:
        return picture.size


@pytest.mark.slow
class TestFigures:
    @pytest.fixture(autouse=True)
    def pyplot(self, notebook: Notebook, monkeypatch: pytest.MonkeyPatch) -> None:
        pytest.importorskip("matplotlib")
        monkeypatch.setenv("MPLBACKEND", "Agg")
        notebook.run("import matplotlib.pyplot as plt")
        figures.close_all()

    def test_open_figures_are_shown_after_the_run_and_closed(self, notebook: Notebook) -> None:
        assert notebook.result("plt.plot([1, 2])\nx = 1") is None
        [(header, png)] = notebook.shown
        assert header == {"op": "figure", "id": 1}
        assert min(size_of(png)) > 100
        assert figures.open_figures() == []
        notebook.run("1")
        assert notebook.ops == []

    @pytest.mark.parametrize("show", ["plt.show()", "plt.gcf().show()", "display(plt.gcf())"])
    def test_showing_shows_at_that_point(self, notebook: Notebook, show: str) -> None:
        notebook.run(f"import matplotlib\nmatplotlib.use('Agg')\nplt.plot([1])\n{show}\n1 / 0")
        assert notebook.ops == ["figure"]
        assert figures.open_figures() == []

    @pytest.mark.parametrize("code", ["plt.figure()", "from matplotlib.figure import Figure\nFigure()"])
    def test_a_figure_as_the_last_value_is_shown_once(self, notebook: Notebook, code: str) -> None:
        assert notebook.result(code) is None
        assert notebook.ops == ["figure"]

    def test_figures_are_shown_also_after_an_error(self, notebook: Notebook) -> None:
        notebook.failure("plt.plot([1])\n1 / 0")
        assert notebook.ops == ["figure"]

    def test_only_the_first_figures_are_shown(self, notebook: Notebook) -> None:
        notebook.run(f"for n in range({MAX_FIGURES + 3}): plt.figure(figsize=(1, 1))")
        assert notebook.ops == ["figure"] * MAX_FIGURES
        assert notebook.screen.figures_left_out == 3
        assert figures.open_figures() == []

    @pytest.mark.parametrize(
        ("code", "note"),
        [
            ("plt.figure(figsize=(3000, 3000))", "A plot of 3000 x 3000 inches is too large to show."),
            ("plt.gca().set_title('$\\\\nonsense$')", "A figure could not be drawn: ValueError"),
        ],
        ids=["huge", "broken"],
    )
    def test_a_figure_that_cannot_be_drawn_is_a_note(self, notebook: Notebook, code: str, note: str) -> None:
        notebook.result(code)
        assert notebook.shown == []
        assert notebook.screen.figures_left_out == 1
        assert notebook.screen.notes[0].startswith(note)

    @pytest.mark.parametrize(
        "code",
        ["plt.figure(figsize=(60, 60), dpi=1000)", "plt.figure(dpi=1e6)", "plt.figtext(40, 40, 'far')"],
    )
    def test_a_large_figure_is_drawn_smaller(self, notebook: Notebook, code: str) -> None:
        notebook.result(code)
        [(_, png)] = notebook.shown
        width, height = size_of(png)
        assert width * height <= figures.MAX_PIXELS * 1.5

    def test_what_a_thread_shows_after_the_run_goes_nowhere(self, notebook: Notebook) -> None:
        notebook.run("x = 1")
        notebook.screen.close()
        notebook.screen.display(notebook.interpreter)
        figure = __import__("matplotlib.figure").figure.Figure()
        notebook.screen.figure(figure)
        assert notebook.shown == []

    @pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "1", "P", "CMYK", "F", "I;16"])
    def test_a_picture_is_shown(self, notebook: Notebook, mode: str) -> None:
        notebook.result(f"from PIL import Image\nImage.new('{mode}', (30, 20))")
        [(header, png)] = notebook.shown
        assert header["op"] == "figure"
        assert size_of(png) == (30, 20)

    def test_a_huge_picture_is_a_note(self, notebook: Notebook) -> None:
        notebook.result("from PIL import Image\nImage.new('1', (30_000, 30_000))")
        assert notebook.shown == []
        assert notebook.screen.notes == ["A picture of 30000 x 30000 pixels is too large to show."]
