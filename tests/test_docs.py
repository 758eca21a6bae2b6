"""The documentation says what the code does: reference pages, links, routes, options, commands."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = runpy.run_path(str(ROOT / "docs" / "generate.py"))["PAGES"]
MARKDOWN = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "vtai" / "ui" / "site").glob("*.md")]
)


@pytest.mark.parametrize("name", PAGES)
def test_the_reference_page_is_what_the_code_says(name: str) -> None:
    written = (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")
    assert written == PAGES[name](), "run: python docs/generate.py"


@pytest.mark.parametrize("page", MARKDOWN, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not re.match(r"[a-z]+:|#", target):
            assert (page.parent / target.partition("#")[0]).exists(), target


def test_every_direct_dependency_is_explained() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    explained = (ROOT / "docs" / "reference" / "dependencies.md").read_text(encoding="utf-8")
    wanted = [*project["dependencies"], *project["optional-dependencies"]["embedded"]]
    for requirement in wanted:
        assert re.match(r"[A-Za-z0-9-]+", requirement)[0] in explained  # type: ignore[index]


def test_the_readme_names_the_two_commands() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "./run.sh" in readme
    assert "./test.sh" in readme


def test_the_models_toml_of_the_guide_is_read(tmp_path: Path) -> None:
    from vtai.providers import model_file

    guide = (ROOT / "docs" / "guides" / "models.md").read_text(encoding="utf-8")
    example = re.search(r"```toml\n(.*?)```", guide, flags=re.DOTALL)
    assert example is not None
    (tmp_path / "models.toml").write_text(example[1])
    file = model_file.read(tmp_path)
    assert file.vendors["workstation"].base_url == "http://192.168.1.20:8000/v1"
    assert "qwen" in {model.name for model in file.models}
