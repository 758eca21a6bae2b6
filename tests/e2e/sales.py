"""Sales to ask about, the code that a model writes for them, and the stand-in model that writes it."""

from __future__ import annotations

import csv
import json
import statistics
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.standins.remote import RemoteFast

REGIONS = {"North": 19.5, "South": 240.0, "East": 3_100.0, "West": 41_000.0}
AVERAGES = """\
import matplotlib.pyplot as plt
import pandas as pd

sales = pd.read_csv("sales.csv")
averages = sales.groupby("region", as_index=False)["amount"].mean().round(2)
averages.to_csv("averages.csv", index=False)
figure, axes = plt.subplots()
axes.bar(averages["region"], averages["amount"])
axes.set_ylabel("average amount")
print(averages.to_string(index=False))
averages
"""
# Both the figure and the numbers are those of the first call.
LOG_SCALE = 'axes.set_yscale("log")\nprint("scale:", axes.get_yscale(), len(averages))\nfigure'


def write_sales(path: Path) -> None:
    """Five hundred rows with four regions whose amounts differ by orders of magnitude."""
    names = list(REGIONS)
    with path.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(("day", "region", "amount"))
        for number in range(500):
            region = names[number * 7 % 4]
            rows.writerow(
                (f"2026-{number % 12 + 1:02}-01", region, round(REGIONS[region] + number * 0.37, 2))
            )


def averages_of(path: Path) -> dict[str, float]:
    """The averages, computed without pandas."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return {
        name: round(statistics.mean(float(row["amount"]) for row in rows if row["region"] == name), 2)
        for name in REGIONS
    }


def calls(vendor: RemoteFast, code: str) -> None:
    """The model's next answer is to run this code."""
    vendor.script(tool_calls=[{"name": "run_python", "arguments": json.dumps({"code": code})}])


def tells(vendor: RemoteFast, text: str, finds: str) -> None:
    """The model's next answer, with what it finds in the tool's result."""
    vendor.script(text=text, finds=finds)


def results(vendor: RemoteFast) -> str:
    """What the tools said to the model in its last request."""
    messages: list[dict[str, Any]] = vendor.requests[-1]["body"]["messages"]
    return "\n".join(str(message["content"]) for message in messages if message["role"] == "tool")
