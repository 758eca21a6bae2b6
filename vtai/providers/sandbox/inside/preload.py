"""The libraries that every session finds loaded. What is not installed is just not there."""

from __future__ import annotations

import importlib
import importlib.metadata
import io
import warnings
from typing import Any

# Distribution, and what of it is loaded beforehand ("" leaves it to the code that asks for it).
LIBRARIES = {
    "numpy": "numpy",
    "pandas": "pandas",
    "matplotlib": "matplotlib.pyplot",
    "pillow": "PIL.Image",
    "openpyxl": "openpyxl",
    "pypdf": "pypdf",
    "scipy": "",
    "scikit-learn": "",
    "seaborn": "",
    "python-docx": "",
    "duckdb": "",
    "plotly": "",
}

# For the environment of the fork server. Libraries that start threads of their own cannot be forked.
ENVIRONMENT = {
    "MKL_NUM_THREADS": "1",
    "MPLBACKEND": "Agg",
    "NUMEXPR_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}


def load() -> tuple[list[str], list[str]]:
    """Loads what is installed and draws once; names with versions, and names of what is missing or broken."""
    present: list[str] = []
    missing: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, module in LIBRARIES.items():
            try:
                version = importlib.metadata.version(name)
                if module:
                    importlib.import_module(module)
            except Exception:  # noqa: BLE001 a broken library may fail in any way, and the others still serve
                if module:
                    missing.append(name)
            else:
                present.append(f"{name} {version}")
        _draw()
    return present, missing


def _draw() -> None:
    """One plot and one table, so that what loads at first use is loaded: fonts, encoders, formatters."""
    try:
        pandas: Any = importlib.import_module("pandas")
        pyplot: Any = importlib.import_module("matplotlib.pyplot")
    except ImportError:
        return
    frame = pandas.DataFrame({"x": [1, 2], "y": [0.5, 1.5]})
    pandas.set_option("display.width", 160)
    pandas.set_option("display.max_columns", 30)
    # Said so that reading a workbook does not begin with a warning about the default.
    pandas.set_option("io.excel.xlsx.reader", "openpyxl")
    repr(frame)
    figure, axes = pyplot.subplots()
    axes.plot(frame["x"], frame["y"], label="y")
    axes.legend()
    axes.set_title("title")
    figure.savefig(io.BytesIO(), format="png", bbox_inches="tight")
    pyplot.close("all")
