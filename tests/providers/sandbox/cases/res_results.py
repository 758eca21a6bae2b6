"""Results that are too much: floods, giant values, hostile reprs, bombs in files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.providers.sandbox.cases.case import ANY, ENDED, ERROR, OK, Outcome, case
from vtai.server.downloads import may_show

if TYPE_CHECKING:
    from tests.providers.sandbox.world import World

_MIB = 1 << 20
_FLOODED = frozenset({"ok", "output_limit"})

_FLOOD = """
line = "x" * 1023
for _ in range(1 << 20):
    print(line)
"""
_RAW_FLOOD = """
import os
block = b"\\0\\xff" * 32768
for number in range(1 << 15):
    for fd in (1, 2):
        os.write(fd, block)
"""
_DRIPPING = """
import os, threading
def drip():
    while True:
        os.write(1, b".")
threading.Thread(target=drip, daemon=True).start()
"""
_CHAIN = """
def deep(number):
    try:
        raise ValueError("y" * 100)
    except ValueError as why:
        caught = why
    for _ in range(number):
        new = RuntimeError("z" * 1000)
        new.__cause__ = caught
        caught = new
    return caught
raise KeyError("x" * 100_000_000) from deep(3000)
"""
_GROUP = """
group = ValueError("x" * 1000)
for _ in range(200):
    group = ExceptionGroup("g" * 1000, [group, ValueError("x")])
group.add_note("n" * 10_000_000)
raise group
"""
_RECURSION = """
import sys
sys.setrecursionlimit(10**9)
def down():
    return [down()]
down()
"""
_RECURSION_IN_C = """
import sys
sys.setrecursionlimit(10**9)
value = []
for _ in range(10**6):
    value = [value]
repr(value)
"""

_HOSTILE = """
import time
class Raises:
    def __repr__(self):
        raise RuntimeError("no")
class Number:
    def __repr__(self):
        return 5
class Exits:
    def __repr__(self):
        raise SystemExit("out")
class Forever:
    def __repr__(self):
        while True:
            pass
class Classless:
    @property
    def __class__(self):
        raise RuntimeError("no class")
    def __eq__(self, other):
        raise RuntimeError("no equal")
    def __bool__(self):
        raise RuntimeError("no truth")
    def __getattr__(self, name):
        raise RuntimeError("no " + name)
    __hash__ = None
class Recursive:
    def __repr__(self):
        return repr([self])
class Text(str):
    def __len__(self):
        return 10**12
    def __getitem__(self, key):
        raise RuntimeError("no item")
    def encode(self, *a):
        raise RuntimeError("no encode")
class Giant:
    def __repr__(self):
        return Text("giant")
class BadMessage(Exception):
    def __str__(self):
        raise RuntimeError("no text")
    __repr__ = __str__
class Endless(Exception):
    def __str__(self):
        while True:
            pass
class Fake:
    def _repr_html_(self):
        raise RuntimeError("no")
    def savefig(self, *a, **k):
        raise RuntimeError("no")
    columns = rows = shape = property(lambda self: 1 / 0)
print("made")
"""

_BOMB = """
import bz2, gzip, zipfile
stream = bz2.compress(b"\\0" * 45_000_000)
open("bomb.bz2", "wb").write(stream * (40_000 // len(stream)))
with zipfile.ZipFile("bomb.zip", "w", zipfile.ZIP_DEFLATED) as target:
    target.writestr("zeros", b"\\0" * 100_000_000)
    target.writestr("../../up.txt", "x")
print(os.path.getsize("bomb.bz2"))
"""
_PNG = """
import struct, zlib
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
pack = zlib.compressobj(9)
row = b"\\0" * (1 + 30000 // 8)
body = b"".join(pack.compress(row) for _ in range(30000)) + pack.flush()
head = struct.pack(">IIBBBBB", 30000, 30000, 1, 0, 0, 0, 0)
open("bomb.png", "wb").write(b"\\x89PNG\\r\\n\\x1a\\n" + chunk(b"IHDR", head) + chunk(b"IDAT",
    body) + chunk(b"IEND", b""))
print(os.path.getsize("bomb.png"))
"""
_PLOT = """
import matplotlib.pyplot as plt
plt.figure(figsize=(5000, 5000), dpi=100)
plt.plot([1, 2, 3])
"""
_PLOT_SAVED = """
import matplotlib.pyplot as plt
figure = plt.figure(figsize=(600, 600), dpi=100)
try:
    figure.savefig("huge.png")
except (MemoryError, ValueError) as why:
    print("refused", why)
"""
_MANY_PLOTS = """
import matplotlib.pyplot as plt
for number in range(30):
    plt.figure()
    plt.plot([1, number])
"""
_MANY_FILES = "for number in range(5000):\n    open('file%d.txt' % number, 'w').write('x')\n"
_PAGES = """
script = "<script>fetch('http://127.0.0.1/')</script>"
for name in ("page.html", "page.htm", "page.xhtml", "page.xml", "page.svg", "page.mht", "page.pdf.html"):
    open(name, "w").write("<svg xmlns='http://www.w3.org/2000/svg'>%s</svg>" % script)
open("fake.png", "w").write(script)
open("fake.csv", "w").write(script)
open("noname", "w").write("<html>" + script)
print("![x](http://127.0.0.1/x.png) [click](javascript:alert(1))", script)
"""


def _cut(world: World, outcomes: list[Outcome]) -> None:
    first = outcomes[0]
    assert len(first.stdout) + len(first.stderr) <= 80_000
    assert first.streamed <= 10 * _MIB
    assert first.status != "ok" or any("cut" in note or "left out" in note for note in first.notes), (
        first.notes
    )
    _server_stays_small(world, outcomes)


def _server_stays_small(world: World, outcomes: list[Outcome]) -> None:
    grown = world.server_peak_bytes() - world.peak_before
    assert grown < 250 * _MIB, f"the server took {grown >> 20} MB more"


def _result_is_cut(world: World, outcomes: list[Outcome]) -> None:
    for outcome in (outcomes[1], *outcomes[3:]):
        assert 0 < len(outcome.result or "") <= 21_000
    _server_stays_small(world, outcomes)


def _error_is_cut(world: World, outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        assert outcome.error is not None
        assert len(str(outcome.error)) < 20_000
    _server_stays_small(world, outcomes)


def _bomb_is_kept_as_it_is(world: World, outcomes: list[Outcome]) -> None:
    sizes = {file.name: file.size for file in outcomes[0].files}
    assert 30_000 < sizes["bomb.bz2"] <= 40_000
    assert "up.txt" not in sizes
    _server_stays_small(world, outcomes)


def _picture_is_not_opened(world: World, outcomes: list[Outcome]) -> None:
    assert all(file.head.startswith(b"\x89PNG") and file.size < 1 * _MIB for file in outcomes[0].files)
    _server_stays_small(world, outcomes)


def _some_come(world: World, outcomes: list[Outcome]) -> None:
    assert 0 < len(outcomes[0].files) <= 20
    assert any("file" in note for note in outcomes[0].notes), outcomes[0].notes


def _few_figures(world: World, outcomes: list[Outcome]) -> None:
    assert 0 < outcomes[-1].figures <= 8
    assert any("figure" in note or "plot" in note for note in outcomes[-1].notes), outcomes[-1].notes


def _pages_are_saved_not_shown(world: World, outcomes: list[Outcome]) -> None:
    """As the server hands files out: what it would not show it sends as an attachment."""
    assert len(outcomes[0].files) >= 8
    for file in outcomes[0].files:
        assert not may_show(file.media_type, file.head), (file.name, file.media_type)


CASES = (
    case("res_12_stdout_flood", _FLOOD, expect=(_FLOODED,), timeout_s=60, check=_cut),
    case(
        "res_13_stdout_raw_flood_no_newline",
        *(_RAW_FLOOD, _DRIPPING, "print(6 * 7)"),
        expect=(_FLOODED, ANY),
        timeout_s=60,
        check=_cut,
        survives=False,
    ),
    case(
        "res_14_huge_result_repr",
        *(
            "big = 'x' * 500_000_000",
            "big",
            "del big",
            "['x' * 1_000_000] * 50",
            "{n: 'y' * 100 for n in range(10**6)}",
        ),
        timeout_s=60,
        check=_result_is_cut,
    ),
    case("res_15_huge_exception", _CHAIN, _GROUP, expect=(ERROR,), timeout_s=60, check=_error_is_cut),
    case("res_16_deep_recursion", _RECURSION, _RECURSION_IN_C, expect=(ANY,), timeout_s=20),
    case(
        "res_17_nested_repr",
        _HOSTILE,
        *("Raises()", "Number()", "Exits()", "Classless()", "Recursive()", "Giant()", "Fake()", "Text('x')"),
        *("raise BadMessage", "raise Classless()", "raise Text('x')", "[Raises(), Classless()]", "Forever()"),
        "raise Endless",
        expect=(OK, *[ENDED] * 12, ANY, ANY),
        timeout_s=5.0,
    ),
    case("res_18_zip_bomb_output", _BOMB, check=_bomb_is_kept_as_it_is),
    case("res_19_png_bomb_output", _PNG, check=_picture_is_not_opened),
    case(
        "res_20_huge_plot",
        *(_PLOT, _PLOT_SAVED, _MANY_PLOTS),
        expect=(ANY,),
        timeout_s=40,
        check=_few_figures,
    ),
    case("res_21_many_outputs", _MANY_FILES, check=_some_come),
    case("res_22_svg_html_output", _PAGES, check=_pages_are_saved_not_shown),
)
