"""Notebooks as nbformat writes them: code, words, output of all kinds, and older versions of the format."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.samples import prose, tongues
from tests.samples.sample import Maker, Needle, Sample

if TYPE_CHECKING:
    from nbformat import NotebookNode

# The smallest PNG there is.
_PNG = base64.b64encode(
    bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63f8ffff3f0005fe02fea7"
        "35a1360000000049454e44ae426082"
    )
).decode()


def code(source: str, *outputs: NotebookNode, count: int = 1) -> NotebookNode:
    from nbformat import v4

    return v4.new_code_cell(source, outputs=list(outputs), execution_count=count)


def words(source: str) -> NotebookNode:
    from nbformat import v4

    return v4.new_markdown_cell(source)


def output(kind: str, **more: Any) -> NotebookNode:
    from nbformat import v4

    return v4.new_output(kind, **more)


def written(
    cells: Sequence[NotebookNode],
    facts: Sequence[tuple[int, str]],
    language: str = "python",
    absent: tuple[str, ...] = (),
) -> Sample:
    """A notebook of the newest version; facts with the number of their cell, from 1."""
    import nbformat
    from nbformat import v4

    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    about = {"kernelspec": {"name": language, "display_name": language, "language": language}}
    text = nbformat.writes(v4.new_notebook(cells=list(cells), metadata=about))
    needles = tuple(Needle(fact, rf"\bcells? (\d+-)?{number}\b") for number, fact in facts)
    return Sample("notebook.ipynb", text.encode(), needles, absent)


def outcome(*outputs: tuple[str, dict[str, Any]], fact: str, absent: tuple[str, ...] = ()) -> Sample:
    """Words, then a cell with these outputs, then words."""
    made = [output(kind, **more) for kind, more in outputs]
    return written([words("# Trial"), code("run()", *made), words("Done.")], [(2, fact)], absent=absent)


def third_version() -> Sample:
    """As the program wrote it before 2015: work sheets, `input` instead of `source`, lists of lines."""
    cells = [
        {"cell_type": "heading", "level": 1, "metadata": {}, "source": ["Old results"]},
        {
            "cell_type": "code",
            "collapsed": False,
            "input": ["mass = 4\n", "mass * 9.80665"],
            "language": "python",
            "metadata": {},
            "outputs": [{"output_type": "pyout", "prompt_number": 1, "text": ["39.2266"], "metadata": {}}],
            "prompt_number": 1,
        },
        {"cell_type": "markdown", "metadata": {}, "source": ["The mass was\n", "4 kg by the old scale."]},
    ]
    book = {
        "metadata": {"name": "old"},
        "nbformat": 3,
        "nbformat_minor": 0,
        "worksheets": [{"cells": cells, "metadata": {}}],
    }
    facts = ("mass * 9.80665", "39.2266", "4 kg by the old scale.")
    return Sample(
        "old.ipynb", json.dumps(book, indent=1).encode(), tuple(Needle(fact, "cell") for fact in facts)
    )


def lists_of_lines() -> Sample:
    """As Jupyter saves: each text as a list of its lines."""
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": ["# Tides\n", "\n", "Highest at *05:14*."]},
        {
            "cell_type": "code",
            "execution_count": None,
            "metadata": {},
            "outputs": [],
            "source": ["h = 6.2\n", "print(h)"],
        },
    ]
    book = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 2}
    return Sample(
        "tides.ipynb",
        json.dumps(book, indent=1).encode(),
        (Needle("Highest at *05:14*.", "cell 1|cells 1"), Needle("print(h)")),
    )


def long_book() -> Sample:
    cells = [
        words(f"## Step {n}\n\n{prose.paragraph(n)}") if n % 2 else code(f"step({n})", count=n)
        for n in range(1, 301)
    ]
    cells[232] = words("The catalyst must be dried for 17 hours.")
    return written(cells, [(233, "The catalyst must be dried for 17 hours.")])


_TABLE = "<table><tr><th>x</th></tr><tr><td>0.3819</td></tr></table>"
_TRACE = ["\x1b[0;31m------\x1b[0m", "\x1b[0;31mKeyError\x1b[0m: 'pressure_9'"]


def raw_cell() -> Sample:
    from nbformat import v4

    return written([v4.new_raw_cell("\\begin{note} 31 pages \\end{note}"), words("x")], [(1, "31 pages")])


def attachment() -> Sample:
    """A picture pasted into a cell of words."""
    cell = words("![plan](attachment:plan.png)\n\nRoom 5 is 3.80 m wide.")
    cell["attachments"] = {"plan.png": {"image/png": _PNG}}
    return written([cell], [(1, "Room 5 is 3.80 m wide.")], absent=(_PNG[:40],))


MAKERS: dict[str, Maker] = {
    "words": lambda: written([words("# A"), words("Bring 4 stakes.")], [(2, "Bring 4 stakes.")]),
    "code": lambda: written(
        [code("import math"), code("limit = 0.00731", count=2)], [(2, "limit = 0.00731")]
    ),
    "printed": partial(
        outcome, ("stream", {"name": "stdout", "text": "epoch 9 loss 0.2207\n"}), fact="epoch 9 loss 0.2207"
    ),
    "warned": partial(
        outcome, ("stream", {"name": "stderr", "text": "overheated at 91 C\n"}), fact="overheated at 91 C"
    ),
    "result": partial(
        outcome,
        ("execute_result", {"data": {"text/plain": "array([7, 11, 4913])"}, "execution_count": 1}),
        fact="array([7, 11, 4913])",
    ),
    "table": partial(
        outcome,
        (
            "execute_result",
            {"data": {"text/html": _TABLE, "text/plain": "   x\n0  0.3819"}, "execution_count": 1},
        ),
        fact="0.3819",
    ),
    "table as html only": partial(outcome, ("display_data", {"data": {"text/html": _TABLE}}), fact="0.3819"),
    "picture": partial(
        outcome,
        ("display_data", {"data": {"image/png": _PNG, "text/plain": "<Figure size 640x480>"}}),
        ("stream", {"name": "stdout", "text": "peak at 1420 MHz"}),
        fact="peak at 1420 MHz",
        absent=(_PNG[:40],),
    ),
    "error": partial(
        outcome,
        ("error", {"ename": "KeyError", "evalue": "'pressure_9'", "traceback": _TRACE}),
        fact="pressure_9",
    ),
    "formula": partial(
        outcome,
        ("display_data", {"data": {"text/latex": "$\\zeta(3)=1.2020$", "text/plain": "zeta(3) = 1.2020"}}),
        fact="1.2020",
    ),
    "json": partial(
        outcome,
        ("display_data", {"data": {"application/json": {"depth": 10935}, "text/plain": "depth 10935"}}),
        fact="10935",
    ),
    "words as output": partial(
        outcome,
        ("display_data", {"data": {"text/markdown": "**Verdict:** 3 of 12 failed"}}),
        fact="3 of 12 failed",
    ),
    "many outputs": partial(
        outcome,
        *(("stream", {"name": "stdout", "text": f"part {n} ok\n"}) for n in range(60)),
        fact="part 59 ok",
    ),
    "julia": lambda: written([code("f(x) = x^2 - 2x + 0.75")], [(1, "x^2 - 2x + 0.75")], "julia"),
    "r": lambda: written([words("R"), code("lm(y ~ x1 + x7)")], [(2, "lm(y ~ x1 + x7)")], "R"),
    "many alphabets": lambda: written(
        [words(tongues.GREEK.text), words(tongues.CHINESE.text)], [(2, tongues.CHINESE.fact)]
    ),
    "empty cells": lambda: written(
        [words(""), code(""), words("the third is not empty, 3")], [(3, "the third is not empty, 3")]
    ),
    "magic": lambda: written(
        [code("%%bash\nwc -l data_2024.csv"), code("!ls")], [(1, "wc -l data_2024.csv")]
    ),
    "raw cell": raw_cell,
    "attachment": attachment,
    "third version": third_version,
    "lists of lines": lists_of_lines,
    "long": long_book,
}
