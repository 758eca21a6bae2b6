"""The lines that the code keeps to: sizes, no hidden state, no environment written, no refused package."""

from __future__ import annotations

import ast
import re
import site
import sys
import sysconfig
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("vtai", "tests", "bench")
MAX_MODULE_LINES = 300
MAX_FUNCTION_LINES = 50

# Libraries that are configured by variables alone: the one module of ours that sets them, and which ones.
ENVIRONMENT_WRITERS = {
    "vtai/providers/litellm_library.py": r"LITELLM_\w+",
    "vtai/ui/mount.py": r"CHAINLIT_\w+",
    # The process of a session: its folder is its home.
    "vtai/providers/sandbox/inside/worker.py": r"HOME|TMPDIR",
}

REFUSED_VERSIONS = {
    "litellm": {"1.82.7", "1.82.8", "1.106.0", "1.106.1", "1.106.2", "1.107.0"},
}
# Needs a compiler and half an hour; xllamacpp does its work.
REFUSED_PACKAGES = {"llama-cpp-python"}

# Files that Python runs at every start of the interpreter. What is not on the list has no business there.
EXPECTED_START_FILES = {
    "_editable_impl_vtai.pth",
    "_virtualenv.pth",
    "a1_coverage.pth",
    "distutils-precedence.pth",
}

SECRETS = {
    "vendor key": r"\bsk-(?:proj-|ant-|or-)?[A-Za-z0-9]{32,}",
    "cloud key": r"\bAKIA[0-9A-Z]{16}\b|\bAIza[0-9A-Za-z_-]{35}\b",
    "forge token": r"\bgh[pousr]_[A-Za-z0-9]{36}\b|\bglpat-[A-Za-z0-9_-]{20}\b",
    "private key": r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\n[A-Za-z0-9+/=\n]{100,}",
}
TEXT_SUFFIXES = {
    ".py",
    ".toml",
    ".md",
    ".sh",
    ".json",
    ".jsonl",
    ".yml",
    ".yaml",
    ".txt",
    ".js",
    ".css",
    ".html",
}
GENERATED = {"node_modules", "__pycache__"}

MUTABLE_MAKERS = {"list", "dict", "set", "bytearray", "defaultdict", "deque", "OrderedDict", "Counter"}
MUTATORS = {
    "append",
    "extend",
    "insert",
    "add",
    "update",
    "setdefault",
    "pop",
    "popitem",
    "remove",
    "discard",
    "clear",
}

type_of_function = (ast.FunctionDef, ast.AsyncFunctionDef)


def modules(*folders: str) -> list[Path]:
    found = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    return sorted(path for path in found if not GENERATED.intersection(path.parts))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def at(path: Path, node: ast.stmt | ast.expr) -> str:
    return f"{path.relative_to(ROOT)}:{node.lineno}"


def test_there_is_code_to_look_at() -> None:
    assert len(modules("vtai")) > 10
    assert len(modules("tests")) > 3


def test_modules_stay_under_300_lines() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in modules(*FOLDERS)}
    long = [f"{path.relative_to(ROOT)}: {n}" for path, n in lengths.items() if n > MAX_MODULE_LINES]
    assert not long


def test_functions_stay_under_50_lines() -> None:
    long = [
        f"{at(path, node)} {node.name}"
        for path in modules(*FOLDERS)
        for node in ast.walk(tree(path))
        if isinstance(node, type_of_function)
        and (node.end_lineno or 0) - node.lineno + 1 > MAX_FUNCTION_LINES
    ]
    assert not long


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in modules(*FOLDERS)
        if path.read_text(encoding="utf-8").strip() and not _begins_with_words(path)
    ]
    assert not silent


def test_modules_hold_no_state() -> None:
    found = [
        line
        for path in modules("vtai")
        for line in (*_mutable_variables(path), *_globals(path), *_changed(path))
    ]
    assert not found


def test_only_the_named_modules_write_the_environment() -> None:
    found = [
        at(path, node)
        for path in modules("vtai")
        if str(path.relative_to(ROOT)) not in ENVIRONMENT_WRITERS
        for node in ast.walk(tree(path))
        if _writes_environment(node)
    ]
    assert not found


@pytest.mark.parametrize("path", ENVIRONMENT_WRITERS)
def test_a_module_that_may_write_the_environment_sets_its_librarys_variables_only(path: str) -> None:
    module = tree(ROOT / path)
    names = [name for node in ast.walk(module) for name in _names_set(node, _constants(module))]
    assert names
    assert all(re.fullmatch(ENVIRONMENT_WRITERS[path], name) for name in names), names


def test_no_refused_package_is_locked() -> None:
    locked = _locked()
    assert locked["chainlit"]
    assert not REFUSED_PACKAGES.intersection(locked)
    refused = {name: locked[name] for name, bad in REFUSED_VERSIONS.items() if locked.get(name) in bad}
    assert not refused


def test_every_locked_package_has_hashes() -> None:
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    bare = [
        package["name"]
        for package in lock["package"]
        if "registry" in package["source"]
        and not all(
            "hash" in file for file in [*package.get("wheels", []), package.get("sdist", {"hash": ""})]
        )
    ]
    assert not bare


def test_nothing_unexpected_runs_when_the_interpreter_starts() -> None:
    folders = {Path(sysconfig.get_path(name)) for name in ("purelib", "platlib")}
    if sys.prefix == sys.base_prefix:
        folders |= {Path(folder) for folder in site.getsitepackages()}
    found = {path.name for folder in folders for path in folder.glob("*.pth")}
    hooks = {
        path.name
        for folder in folders
        for name in ("sitecustomize", "usercustomize")
        for path in folder.glob(f"{name}*")
    }
    assert not (found - EXPECTED_START_FILES) | hooks


@pytest.mark.parametrize("kind", SECRETS)
def test_no_secret_stands_in_the_tree(kind: str) -> None:
    pattern = re.compile(SECRETS[kind])
    found = [
        str(path.relative_to(ROOT)) for path in _texts() if pattern.search(path.read_text("utf-8", "replace"))
    ]
    assert not found


def _begins_with_words(path: Path) -> bool:
    text = path.read_text(encoding="utf-8")
    return text.removeprefix("r").startswith('"""') and not text.removeprefix("r").startswith('""""""')


def _texts() -> Iterator[Path]:
    tops = [ROOT / name for name in (*FOLDERS, "docs", "deploy", "public", ".chainlit")]
    for path in [*ROOT.glob("*"), *(path for top in tops for path in top.rglob("*"))]:
        if path.suffix in TEXT_SUFFIXES and path.is_file() and not GENERATED.intersection(path.parts):
            yield path


def _locked() -> dict[str, str]:
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    return {package["name"]: package.get("version", "") for package in lock["package"]}


def _mutable_variables(path: Path) -> Iterator[str]:
    """Lists, dicts and sets at module level whose name does not say that they are constants."""
    for node in tree(path).body:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or not _is_mutable(node.value):
            continue
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            name = target.id if isinstance(target, ast.Name) else ""
            if not name.isupper() and not name.startswith("__"):
                yield f"{at(path, node)} {name}"


def _is_mutable(value: ast.expr | None) -> bool:
    if isinstance(value, ast.Call):
        name = value.func.attr if isinstance(value.func, ast.Attribute) else getattr(value.func, "id", "")
        return name in MUTABLE_MAKERS
    return isinstance(value, ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp)


def _globals(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Global):
            yield f"{at(path, node)} global {', '.join(node.names)}"


def _changed(path: Path) -> Iterator[str]:
    """Constants that are changed all the same."""
    constants = {name for name, value in _constants(tree(path)).items() if _is_mutable(value)}
    for node in ast.walk(tree(path)):
        if _owner_changed_by(node) in constants and isinstance(node, ast.expr):
            yield f"{at(path, node)} changes {_owner_changed_by(node)}"


def _owner_changed_by(node: ast.AST) -> str | None:
    """The name whose content the expression changes: `X[1] = 2`, `del X[1]`, `X.append(1)`."""
    if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
        return ast.unparse(node.value)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in MUTATORS:
        return ast.unparse(node.func.value)
    return None


def _writes_environment(node: ast.AST) -> bool:
    if isinstance(node, ast.Call) and ast.unparse(node.func) in {"os.putenv", "os.unsetenv", "load_dotenv"}:
        return True
    return _owner_changed_by(node) in {"os.environ", "environ"}


def _constants(module: ast.Module) -> dict[str, ast.expr]:
    return {
        target.id: node.value
        for node in module.body
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }


def _names_set(node: ast.AST, constants: dict[str, ast.expr]) -> Iterator[str]:
    """The variables that an expression sets. One that is not spelled out fails: nobody could check it."""
    if not _writes_environment(node):
        return
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
        yield ast.literal_eval(node.slice)
    elif isinstance(node, ast.Call):
        given = node.args[0]
        value = ast.literal_eval(constants[given.id] if isinstance(given, ast.Name) else given)
        yield from value if isinstance(value, dict) else [value]
