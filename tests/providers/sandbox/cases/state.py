"""What is kept and what is not, and that ordinary work works."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tests.providers.sandbox.cases.case import Outcome, case

if TYPE_CHECKING:
    from tests.providers.sandbox.world import World

_TAMPER = """
import encodings, importlib.util, sysconfig
marker = W["library_marker"]
places = {os.path.dirname(os.__file__), os.path.dirname(encodings.__file__), sysconfig.get_path("purelib"),
          sysconfig.get_path("platlib"), os.path.dirname(sys.executable), sys.prefix, sys.base_prefix}
for name in ("numpy", "pandas", "matplotlib", "PIL"):
    spec = importlib.util.find_spec(name)
    if spec and spec.origin:
        places |= {os.path.dirname(spec.origin), os.path.join(os.path.dirname(spec.origin), "__pycache__")}
own = os.path.realpath(".")
matplotlib = peek("matplotlib", __import__, "matplotlib")
if matplotlib is not None:
    # A cache of the session's own is its own affair; one of a copy that all share is not.
    for place in (matplotlib.get_cachedir(), matplotlib.get_configdir(), matplotlib.get_data_path()):
        if place and not os.path.realpath(place).startswith((own, "/tmp")):
            places.add(place)
places |= {os.path.dirname(one.__file__) for one in list(sys.modules.values()) if "inside" in getattr(one,
    "__name__", "") and getattr(one, "__file__", None)}
for place in sorted(places):
    attempt("a file in " + place, lambda: open(os.path.join(place, W["nonce"] + ".txt"),
        "x").close() or "made")
    attempt("a folder in " + place, lambda: os.mkdir(os.path.join(place, W["nonce"])) or "made")
for path in {os.__file__, sys.executable, encodings.__file__}:
    # Opened for writing and closed again: enough to know, and nothing is broken if there is no wall.
    attempt("writing to " + path, lambda: os.close(os.open(path, os.O_WRONLY)) or "opened")
if marker:
    attempt("changing a library", lambda: open(marker, "a").write("x"))
    attempt("renaming a library", os.rename, marker, marker + "x")
    attempt("taking a library away", os.unlink, marker)
    attempt("memory of a library", lambda: __import__("mmap").mmap(os.open(marker, os.O_RDONLY), 5, 1, 3))
"""
_TAMPER_LATER = "import os, sys\nos.poisoned = 1\nsys.poisoned = 1\n"

_WORK_FILES = """
import io, math, random, sqlite3, statistics, tempfile, threading, zipfile, zoneinfo, datetime
from concurrent.futures import ThreadPoolExecutor
import numpy as np, pandas as pd
table = pd.read_csv("sales.csv")
means = table.groupby("region")["amount"].mean()
print("mean", means["north"])
assert means["north"] == 15.0
np.linalg.inv(np.random.default_rng(1).random((200, 200)))
means.to_excel("means.xlsx")
assert pd.read_excel("means.xlsx", index_col=0)["amount"]["north"] == 15.0
import openpyxl
book = openpyxl.load_workbook("means.xlsx")
book.active["C1"] = "=SUM(B2:B3)"
book.save("means.xlsx")
from PIL import Image
Image.new("RGB", (64, 64), "red").resize((32, 32)).save("red.png")
import pypdf
writer = pypdf.PdfWriter()
writer.add_blank_page(100, 100)
writer.write("blank.pdf")
assert len(pypdf.PdfReader("blank.pdf").pages) == 1
link = sqlite3.connect("work.db")
link.execute("create table t (n)")
link.executemany("insert into t values (?)", [(n,) for n in range(1000)])
link.commit()
assert link.execute("select sum(n) from t").fetchone() == (499500,)
link.close()
with zipfile.ZipFile("all.zip", "w") as target:
    target.write("means.xlsx")
with tempfile.TemporaryDirectory() as folder, open(folder + "/x", "w") as target:
    target.write("x")
with tempfile.NamedTemporaryFile() as target:
    target.write(b"x")
assert list(ThreadPoolExecutor(4).map(abs, [-1, 2])) == [1, 2]
print(datetime.datetime(2026, 7, 1, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin")).utcoffset())
os.makedirs("out/put", exist_ok=True)
os.rename("red.png", "out/red.png")
import asyncio
async def soon():
    await asyncio.sleep(0.01)
    return 5
assert asyncio.run(soon()) == 5
"""
_WORK_PLOT = """
import matplotlib.pyplot as plt
means.plot.bar(title="Caf\\u00e9 \\u20ac \\u03b1")
plt.tight_layout()
plt.savefig("chart.png")
plt.savefig("chart.pdf")
plt.savefig("chart.svg")
"""
_WORK_TABLE = "table"
_WORK_LOG = "plt.figure()\nplt.semilogy([1, 10, 100])\nplt.show()\n"


def _absent_elsewhere(world: World, outcomes: list[Outcome]) -> None:
    assert outcomes[1].state == "kept"
    assert outcomes[1].stdout.strip().endswith("43")
    elsewhere = world.run("elsewhere", "import os\nprint('x' in globals(), os.path.exists('mine.txt'))")
    assert elsewhere.stdout.strip() == "False False"
    assert elsewhere.state == "fresh"


def _next_is_clean(world: World, outcomes: list[Outcome]) -> None:
    elsewhere = world.run(
        "elsewhere", "import os, sys\nprint(hasattr(os, 'poisoned'), hasattr(sys, 'poisoned'))"
    )
    assert elsewhere.stdout.strip() == "False False"
    assert not world.nonce_places()


def _work_is_done(world: World, outcomes: list[Outcome]) -> None:
    names = {name for outcome in outcomes for name in outcome.names}
    assert {"means.xlsx", "blank.pdf", "chart.png", "chart.pdf", "chart.svg"} <= names, names
    chart = next(file for file in outcomes[1].files if file.name == "chart.png")
    assert (chart.media_type, chart.head[:4]) == ("image/png", b"\x89PNG")
    assert outcomes[1].figures == 1
    assert outcomes[3].figures == 1
    [table] = outcomes[2].tables
    assert table["columns"][-2:] == ["region", "amount"], table
    assert table["total_rows"] == 4


def _with_a_table(world: World) -> Mapping[str, Any]:
    world.attach("sales.csv", b"region,amount\nnorth,10\nnorth,20\nsouth,5\nsouth,7\n")
    return {}


def _end(world: World) -> None:
    world.end("elsewhere")


CASES = (
    case(
        "state_01_persist",
        *(
            "x = 42\nopen('mine.txt', 'w').write('mine')",
            "print(x + 1)\nassert open('mine.txt').read() == 'mine'",
        ),
        check=_absent_elsewhere,
        after=_end,
    ),
    case(
        "state_02_tamper_ro_libs",
        *(_TAMPER, _TAMPER_LATER),
        check=_next_is_clean,
        after=_end,
        control="changing a library",
    ),
    case(
        "state_03_numpy_works",
        *(_WORK_FILES, _WORK_PLOT, _WORK_TABLE, _WORK_LOG),
        plant=_with_a_table,
        timeout_s=60,
        check=_work_is_done,
    ),
)
