"""Which engine is taken, and what is said where none may be used."""

from __future__ import annotations

from contextlib import aclosing
from pathlib import Path

import pytest

from tests.providers.sandbox.fakes import Clock, FakeEngine, end_of, key
from vtai.core.code import CodeRequest, Strength
from vtai.core.errors import NotConfigured
from vtai.providers.sandbox.chosen import RETRY_S, ChosenSandbox, MakeEngine
from vtai.providers.sandbox.engine import EngineName, Minimum, SandboxOptions

ALL: tuple[EngineName, ...] = ("container", "local", "remote", "e2b", "seatbelt")


def makers(*names: EngineName, **engine: object) -> dict[EngineName, MakeEngine]:
    return {name: lambda _, name=name: FakeEngine(name, **engine) for name in names}  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("asked", "configured", "platform", "taken"),
    [
        pytest.param("auto", (), "linux", "local", id="linux"),
        pytest.param("auto", ("remote", "e2b"), "linux", "remote", id="remote first"),
        pytest.param("auto", ("e2b",), "linux", "e2b", id="e2b before local"),
        pytest.param("auto", ("seatbelt",), "darwin", "seatbelt", id="macos"),
        pytest.param("auto", ("seatbelt",), "linux", "local", id="no seatbelt on linux"),
        pytest.param("auto", (), "win32", "off", id="windows"),
        pytest.param("auto", ("container",), "win32", "off", id="never a container by itself"),
        pytest.param("container", ("container", "remote"), "linux", "container", id="a container when asked"),
        pytest.param("off", ("remote",), "linux", "off", id="off"),
    ],
)
def test_the_engine_follows_the_settings_and_the_system(
    asked: EngineName, configured: tuple[EngineName, ...], platform: str, taken: EngineName
) -> None:
    chosen = ChosenSandbox(SandboxOptions(engine=asked), makers(*configured), platform=platform)
    assert chosen.name == taken


async def test_nothing_is_built_or_tried_before_it_is_needed_and_then_once(tmp_path: Path) -> None:
    built: list[FakeEngine] = []

    def make(_: SandboxOptions) -> FakeEngine:
        built.append(FakeEngine())
        return built[-1]

    chosen = ChosenSandbox(SandboxOptions(engine="remote", folder=tmp_path), {"remote": make})
    assert built == []
    assert (await end_of(chosen, "say 1")).status == "ok"
    assert (await chosen.report()).is_usable
    assert [engine.reports for engine in built] == [1]
    await chosen.end(key())
    assert built[0].open_sessions == []
    await chosen.aclose()
    assert built[0].is_closed


@pytest.mark.parametrize(
    ("least", "strength", "is_usable"),
    [
        pytest.param("kernel", "kernel", True, id="just enough"),
        pytest.param("kernel", "wasm", False, id="wasm is weaker"),
        pytest.param("kernel", "container", True, id="a container will do"),
        pytest.param("gvisor", "container", False, id="a container will not do"),
        pytest.param("gvisor", "vm", True, id="more than asked for"),
        pytest.param("vm", "gvisor", False, id="not a machine of its own"),
    ],
)
async def test_walls_that_are_weaker_than_asked_for_are_refused(
    least: Minimum, strength: Strength, is_usable: bool
) -> None:
    options = SandboxOptions(engine="remote", minimum=least)
    chosen = ChosenSandbox(options, makers("remote", strength=strength))
    report = await chosen.report()
    assert report.is_usable is is_usable
    if not is_usable:
        assert report.reason == f"remote gives {strength!r} walls and code_sandbox_min asks for {least!r}"
        with pytest.raises(NotConfigured):
            await end_of(chosen, "say 1")
    await chosen.aclose()


async def test_where_nothing_is_safe_the_error_tells_people_why_and_operators_what_to_do() -> None:
    broken = {"is_usable": False, "reason": "Landlock: not in this kernel", "fix": "Use Linux 5.13."}
    chosen = ChosenSandbox(SandboxOptions(engine="local"), makers("local", **broken))
    with pytest.raises(NotConfigured) as raised:
        async with aclosing(chosen.run(CodeRequest(key(), "say 1"))) as events:
            await anext(events)
    assert raised.value.message == (
        "Code execution is switched off on this server: no safe sandbox is available "
        "(Landlock: not in this kernel). I can still explain the steps or write the code for you."
    )
    assert raised.value.hint == (
        "An administrator finds what was tried in `vtai sandbox check`. Use Linux 5.13."
    )
    await chosen.aclose()


async def test_an_engine_elsewhere_that_was_not_there_is_asked_again_after_a_while() -> None:
    clock, engine = Clock(), FakeEngine("remote", is_usable=False)
    options = SandboxOptions(engine="remote")
    chosen = ChosenSandbox(options, {"remote": lambda _: engine}, clock=clock)
    assert not (await chosen.report()).is_usable
    engine.is_usable = True
    assert not (await chosen.report()).is_usable
    clock.now += RETRY_S
    assert (await chosen.report()).is_usable
    clock.now += RETRY_S
    await chosen.report()
    assert engine.reports == 2
    await chosen.aclose()


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        pytest.param("off", "it is switched off in the settings", id="off"),
        pytest.param("auto", "there is no engine for this system (win32)", id="no engine"),
        pytest.param("e2b", "the engine 'e2b' is not configured", id="without its key"),
    ],
)
async def test_an_engine_that_is_not_there_is_reported_with_a_fix(asked: EngineName, reason: str) -> None:
    report = await ChosenSandbox(SandboxOptions(engine=asked), platform="win32").report()
    assert not report.is_usable
    assert report.reason == reason
    assert report.fix
