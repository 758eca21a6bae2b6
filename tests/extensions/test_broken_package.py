"""A package that cannot be used stops the start, named together with what to do."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.extensions.conftest import Command
from vtai import plugins
from vtai.core.errors import SettingsError, VTError
from vtai.handlers import HANDLERS
from vtai.providers.endpoint import WIRES, Timeouts
from vtai.routing import registry
from vtai.tools import TOOLS

Install = Callable[..., None]

TOOL = '''
from vtai.tools.tool import tool

@tool
async def {name}() -> str:
    """Does something."""
    return "done"
'''
ROUTE = """
from vtai.core.routes import Route

route = Route({name!r}, "Odd", "Does something.")

async def reply(turn, decision, services):
    yield None
"""
ROUTER = """
class Odd:
    async def choose(self, turn):
        return None
"""
WIRE = """
class Odd:
    def __init__(self, endpoint_for, timeouts):
        self.waits_s = timeouts.idle_s

    async def stream(self, request):
        yield None
"""
UNLICENSED = """
from vtai.core.errors import NotConfigured

def odd(endpoint_for, timeouts):
    raise NotConfigured("No licence.", "Buy one.")
"""


def write(folder: Path, package: str, group: str, code: str, value: str, name: str) -> None:
    """A package as pip leaves it behind."""
    module = package.replace("-", "_")
    (folder / f"{module}.py").write_text(code, "utf-8")
    about = folder / f"{module}-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n", "utf-8")
    target = f"{module}:{value}" if value else module
    (about / "entry_points.txt").write_text(f"[{group}]\n{name} = {target}\n", "utf-8")


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Installs a package beside VT.ai, for this test alone."""
    folder = tmp_path / "packages"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))

    def put(group: str, code: str, value: str = "", name: str = "odd", package: str = "vtai-odd") -> None:
        # The one of another test has the same name.
        sys.modules.pop(package.replace("-", "_"), None)
        write(folder, package, group, code, value, name)

    return put


def all_parts() -> None:
    """What the start asks for."""
    plugins.handlers(HANDLERS)
    plugins.tools(TOOLS)
    plugins.routers(registry.SHIPPED)
    for make in plugins.wires(WIRES).values():
        make(lambda model: None, Timeouts())


@pytest.mark.parametrize(
    ("group", "code", "value"),
    [
        pytest.param("vtai.handlers", ROUTE.format(name="odd"), "", id="handler"),
        pytest.param("vtai.tools", TOOL.format(name="odd"), "odd", id="tool"),
        pytest.param("vtai.routers", ROUTER, "Odd", id="class of routers"),
        pytest.param("vtai.routers", f"{ROUTER}\nodd = Odd()", "odd", id="router"),
        pytest.param(
            "vtai.routers", f"{ROUTER}\ndef made(classifier):\n    return Odd()", "made", id="maker"
        ),
        pytest.param("vtai.providers", WIRE, "Odd", id="wire"),
    ],
)
def test_a_good_one_is_taken(install: Install, group: str, code: str, value: str) -> None:
    install(group, code, value)
    all_parts()


@pytest.mark.parametrize(
    ("group", "code", "value", "said"),
    [
        pytest.param(
            "vtai.tools", "import gone_library", "odd", "No module named 'gone_library'", id="import"
        ),
        pytest.param("vtai.tools", "x = 1", "odd", "has no attribute 'odd'", id="no such name"),
        pytest.param("vtai.tools", "def", "odd", "SyntaxError", id="syntax"),
        pytest.param("vtai.tools", "raise RuntimeError('no luck')", "odd", "no luck", id="raises"),
        pytest.param(
            "vtai.tools",
            "from vtai.tools.tool import tool\n@tool\ndef odd() -> str:\n    'Odd.'\n",
            "odd",
            "must be an async function",
            id="tool that is not async",
        ),
        pytest.param(
            "vtai.tools", "async def odd(): 'Odd.'", "odd", "an async function under @tool", id="no @tool"
        ),
        pytest.param("vtai.handlers", "x = 1", "", "a `route` and a `reply`", id="no route"),
        pytest.param(
            "vtai.handlers", ROUTE.format(name="odd").replace("yield", "return"), "", "`yield`", id="no yield"
        ),
        pytest.param("vtai.handlers", ROUTE.format(name="Odd One"), "", "calls its route", id="route's name"),
        pytest.param("vtai.routers", "class Odd: pass", "Odd", "no method `choose`", id="no choose"),
        pytest.param("vtai.routers", "odd = 3", "odd", "neither a class nor a function", id="not callable"),
        pytest.param(
            "vtai.routers",
            ROUTER.replace("async ", ""),
            "Odd",
            "`choose` of another kind",
            id="choose not async",
        ),
        pytest.param(
            "vtai.providers", "def odd(): return 1", "odd", "called with 2 arguments", id="arguments"
        ),
        pytest.param(
            "vtai.providers", "def odd(a, b): return 1", "odd", "no method `stream`", id="no stream"
        ),
        pytest.param(
            "vtai.providers",
            WIRE.replace("yield", "return"),
            "Odd",
            "`stream` of another kind",
            id="no stream's yield",
        ),
        pytest.param(
            "vtai.providers", WIRE.replace("idle_s", "gone_s"), "Odd", "AttributeError", id="making raises"
        ),
    ],
)
def test_a_broken_one_is_named_with_what_to_do(
    install: Install, group: str, code: str, value: str, said: str, tmp_path: Path
) -> None:
    install(group, code, value)
    with pytest.raises(SettingsError) as caught:
        all_parts()
    assert "'vtai-odd'" in caught.value.message
    assert said in caught.value.message
    assert str(tmp_path) not in caught.value.message
    assert caught.value.hint == "Repair it or remove it: pip uninstall vtai-odd"


@pytest.mark.parametrize(
    ("group", "code", "value", "name"),
    [
        pytest.param("vtai.handlers", ROUTE.format(name="text"), "", "odd", id="route"),
        pytest.param("vtai.tools", TOOL.format(name="calculate"), "calculate", "odd", id="tool"),
        pytest.param("vtai.routers", ROUTER, "Odd", "rules", id="router"),
        pytest.param("vtai.providers", WIRE, "Odd", "openai", id="wire"),
    ],
)
def test_a_name_of_ours_cannot_be_taken(
    install: Install, group: str, code: str, value: str, name: str
) -> None:
    install(group, code, value, name)
    with pytest.raises(SettingsError, match=r"'vtai-odd' .* clashes with VT\.ai"):
        all_parts()


def test_two_packages_with_one_name_are_both_named(install: Install) -> None:
    for package in ("vtai-odd", "vtai-strange"):
        install("vtai.tools", TOOL.format(name="roll"), "roll", package=package)
    with pytest.raises(SettingsError, match=r"both bring 'roll'") as caught:
        all_parts()
    assert {word for word in ("vtai-odd", "vtai-strange") if word in caught.value.message} == {
        "vtai-odd",
        "vtai-strange",
    }


def test_what_a_package_says_for_people_is_passed_on(install: Install) -> None:
    install("vtai.providers", UNLICENSED, "odd")
    with pytest.raises(VTError, match=r"No licence\."):
        all_parts()


@pytest.mark.slow
@pytest.mark.parametrize(
    "command", [("tools",), ("models",), ("route", "hello"), ("ask", "hello"), ("serve",)]
)
def test_no_command_that_needs_it_starts(tmp_path: Path, command: tuple[str, ...]) -> None:
    write(tmp_path, "vtai-odd", "vtai.handlers", "import gone_library", "", "odd")
    done = Command(tmp_path)(*command)
    assert done.returncode == 2
    assert "'vtai-odd'" in done.stderr
    assert "pip uninstall vtai-odd" in done.stderr
    assert "Traceback" not in done.stderr
