"""The guides show the very packages that the tests install."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tests.extensions.conftest import HERE, PACKAGES, ROOT
from vtai.providers import model_file, tool_file

EXTENDING = ROOT / "docs" / "guides" / "extending.md"
ROUTERS = ROOT / "docs" / "guides" / "routers.md"
SHOWN = [
    *((EXTENDING, HERE / package / "pyproject.toml") for package in PACKAGES),
    *((EXTENDING, HERE / package / f"vtai_{package}.py") for package in PACKAGES),
    *((ROUTERS, file) for file in sorted((HERE / "shouting").glob("*.*"))),
]


def blocks(guide: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", guide.read_text("utf-8"), flags=re.DOTALL)


@pytest.mark.parametrize(("guide", "file"), SHOWN, ids=[f"{guide.stem}-{file.name}" for guide, file in SHOWN])
def test_the_guide_shows_the_package_word_for_word(guide: Path, file: Path) -> None:
    language = "toml" if file.suffix == ".toml" else "python"
    assert file.read_text("utf-8") in blocks(guide, language), f"copy {file} into {guide}"


def test_every_package_is_installed_by_the_tests() -> None:
    assert {file.parent.name for file in HERE.glob("*/pyproject.toml")} == set(PACKAGES)


def test_the_vendor_of_the_guide_names_the_wire_of_the_package(tmp_path: Path) -> None:
    [table] = [text for text in blocks(EXTENDING, "toml") if text.startswith("[vendors.")]
    (tmp_path / "models.toml").write_text(table, "utf-8")
    file = model_file.read(tmp_path)
    project = tomllib.loads((HERE / "ollama" / "pyproject.toml").read_text("utf-8"))["project"]
    [wire] = project["entry-points"]["vtai.providers"]
    assert file.vendors["kitchen"].wire == wire


def test_the_tables_of_the_guide_are_for_the_tools_of_the_package(tmp_path: Path) -> None:
    [tables] = [text for text in blocks(EXTENDING, "toml") if text.startswith("[tool.")]
    (tmp_path / "tools.toml").write_text(tables, "utf-8")
    declared = tool_file.read(tmp_path)
    project = tomllib.loads((HERE / "hours" / "pyproject.toml").read_text("utf-8"))["project"]
    assert declared.tools.keys() == project["entry-points"]["vtai.tools"].keys()


def test_every_entry_point_group_is_in_the_table() -> None:
    code = (ROOT / "vtai" / "plugins.py").read_text("utf-8")
    groups = set(re.findall(r'"(vtai\.[a-z]+)"', code))
    rows = re.findall(r"^\| .*? \| `(vtai\.[a-z]+)` \|", EXTENDING.read_text("utf-8"), flags=re.MULTILINE)
    assert groups == set(rows)
