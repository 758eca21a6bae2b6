"""Working with data, all of it real but the model: the page, the program, the tools, the sandbox.

The vendor is a stand-in that calls tools as scripted. What it says of their results it reads in them.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import PHONE, WIDE
from tests.e2e.sales import AVERAGES, LOG_SCALE, REGIONS, averages_of, calls, results, tells, write_sales
from tests.e2e.test_pictures import fits, is_loaded
from tests.standins.remote import RemoteFast
from tests.ui.program import Program, with_vendor

if TYPE_CHECKING:
    from playwright.async_api import Locator

    from tests.e2e.visitor import Visitor

pytestmark = [pytest.mark.slow, pytest.mark.browser]

QUESTION = "what is the average by region? plot it"
ASKING = pytest.mark.parametrize(
    "page", [pytest.param({"VT_TOOLS_ASKING": "run_python"}, id="asking")], indirect=True
)


@pytest.fixture(scope="module")
def vendor() -> Iterator[RemoteFast]:
    with RemoteFast() as vendor:
        yield vendor


@pytest.fixture(scope="module")
def page(
    vendor: RemoteFast, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Program]:
    """The program as people start it. Parametrise indirectly with further variables."""
    program = with_vendor(tmp_path_factory.mktemp("assistant"), vendor.url)
    with replace(program, variables={**program.variables, **getattr(request, "param", {})}) as program:
        yield program


@pytest.fixture(autouse=True)
def forgetful(vendor: RemoteFast) -> None:
    vendor.reset()


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    write_sales(tmp_path / "sales.csv")
    return tmp_path / "sales.csv"


async def attach(visitor: Visitor, path: Path) -> None:
    await visitor.tab.set_input_files("#upload-button-input", str(path))
    await visitor.tab.locator("#attachments > *").first.wait_for()


async def ask_for_averages(visitor: Visitor, vendor: RemoteFast, sales: Path) -> str:
    calls(vendor, AVERAGES)
    tells(vendor, "On average it is **{found}** in the North; the chart shows all four.", r"North +([\d.]+)")
    await attach(visitor, sales)
    return await visitor.ask(QUESTION)


async def ask_on(visitor: Visitor, vendor: RemoteFast, code: str, finds: str) -> str:
    """A message that runs code, in a chat where the assistant is chosen; the answer is what was found."""
    calls(vendor, code)
    tells(vendor, "It says {found}.", finds)
    await visitor.choose_tool("Code")
    return await visitor.ask("run this, please")


def step(visitor: Visitor) -> Locator:
    """The line of the last piece of code."""
    return visitor.tab.locator('[data-step-type="tool"] [id^="step-run_python"]').last


def charts(visitor: Visitor) -> Locator:
    return visitor.tab.locator(".vt-frame img")


def card(visitor: Visitor) -> Locator:
    return visitor.tab.locator(".vt-approval").last


@pytest.mark.parametrize(
    "visitor",
    [pytest.param((WIDE, "light"), id="wide"), pytest.param((PHONE, "dark"), id="phone and dark")],
    indirect=True,
)
async def test_the_average_by_region_is_computed_plotted_and_given_as_a_table_and_a_file(
    visitor: Visitor, vendor: RemoteFast, sales: Path
) -> None:
    expected = averages_of(sales)
    answer = await ask_for_averages(visitor, vendor, sales)
    assert str(expected["North"]) in answer
    assert await visitor.footers.last.get_attribute("data-route") == "assistant"
    assert await charts(visitor).count() == 1
    assert await is_loaded(charts(visitor).first)
    table = await visitor.tab.locator(".vt-table tbody").inner_text()
    assert all(name in table for name in REGIONS)
    async with visitor.tab.expect_download() as download:
        await visitor.tab.locator('.inline-file[download="averages.csv"]').click()
    saved = list(csv.DictReader((await (await download.value).path()).read_text().splitlines()))
    assert {row["region"]: float(row["amount"]) for row in saved} == pytest.approx(expected)
    assert await visitor.barriers() == []
    assert await fits(visitor)


async def test_the_code_is_folded_away_with_its_duration_and_opens_again(
    visitor: Visitor, vendor: RemoteFast, sales: Path
) -> None:
    await ask_for_averages(visitor, vendor, sales)
    assert re.fullmatch(r"run_python · [\d.]+ (ms|s)", (await step(visitor).inner_text()).strip())
    code = visitor.tab.locator('[data-step-type="tool"] code.language-python')
    await code.wait_for(state="detached")
    await step(visitor).click()
    await code.filter(has_text="groupby").wait_for()
    printed = await visitor.tab.locator('[data-step-type="tool"]').inner_text()
    assert str(averages_of(sales)["East"]) in printed


async def test_the_follow_up_changes_the_chart_with_what_the_first_call_left(
    visitor: Visitor, vendor: RemoteFast, sales: Path
) -> None:
    await ask_for_averages(visitor, vendor, sales)
    first = await picture_of(charts(visitor).first)
    calls(vendor, LOG_SCALE)
    tells(vendor, "Now its scale is {found}.", r"scale: (\w+ \d)")
    answer = await visitor.ask("log scale")
    assert await visitor.footers.last.get_attribute("data-route") == "assistant"
    assert "Now its scale is log 4." in answer
    assert await charts(visitor).count() == 2
    second = await picture_of(charts(visitor).last)
    assert second != first
    assert await visitor.tab.locator(".vt-table").count() == 1


async def picture_of(chart: Locator) -> str:
    """The pixels, as base64."""
    assert await is_loaded(chart)
    data: str = await chart.evaluate(
        """async image => {
            const bytes = new Uint8Array(await (await fetch(image.src)).arrayBuffer())
            return btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(""))
        }"""
    )
    assert data.startswith("iVBORw0KGgo")
    return data


async def test_two_chats_of_one_person_share_no_variables(visitor: Visitor, vendor: RemoteFast) -> None:
    await ask_on(visitor, vendor, "kept = 41\nprint('set', kept)", r"(set \d+)")
    await visitor.tab.click("#new-chat-button")
    await visitor.tab.locator("#starters").wait_for()
    answer = await ask_on(visitor, vendor, "print('kept' in globals())", r"(True|False)")
    assert "It says False." in answer


async def test_code_that_fails_is_a_failed_step_and_the_model_gets_the_reason(
    visitor: Visitor, vendor: RemoteFast, sales: Path
) -> None:
    calls(vendor, 'import pandas as pd\npd.read_csv("sales.csv")["amuont"].mean()')
    calls(vendor, 'round(pd.read_csv("sales.csv")["amount"].max(), 1)')
    tells(vendor, "The largest is {found}.", r"([\d.]+)\D*$")
    await attach(visitor, sales)
    answer = await visitor.ask("what is the largest amount?")
    assert "KeyError" in results(vendor)
    assert "amuont" in results(vendor)
    with sales.open(encoding="utf-8", newline="") as lines:
        largest = max(float(row["amount"]) for row in csv.DictReader(lines))
    assert f"The largest is {round(largest, 1)}." in answer
    failed = visitor.tab.locator('[data-step-type="tool"] [id^="step-run_python failed · "]')
    await failed.click()
    await visitor.tab.get_by_text("KeyError: 'amuont'").first.wait_for()
    assert await fits(visitor)


async def test_stop_ends_code_that_runs_and_the_next_message_works(
    visitor: Visitor, vendor: RemoteFast
) -> None:
    calls(vendor, "kept = 7\nprint('begun', flush=True)\nwhile True:\n    pass")
    await visitor.choose_tool("Code")
    await visitor.say("count for ever")
    await visitor.tab.locator('[data-step-type="tool"]').get_by_text("begun", exact=True).wait_for()
    await visitor.tab.click("#stop-button")
    await visitor.finish()
    assert await visitor.tab.locator('[id="step-run_python (stopped)"]').count() == 1
    answer = await ask_on(visitor, vendor, "print('seven:', globals().get('kept'))", r"(seven: \w+)")
    assert "It says seven: 7." in answer


@ASKING
async def test_code_that_asks_first_is_shown_and_runs_once_it_is_allowed(
    visitor: Visitor, vendor: RemoteFast
) -> None:
    calls(vendor, "print('sum', 40 + 2)")
    tells(vendor, "It says {found}.", r"sum (\d+)")
    await visitor.choose_tool("Code")
    await visitor.say("add them")
    await card(visitor).get_by_role("button", name="Allow", exact=True).wait_for()
    assert "print('sum', 40 + 2)" in await card(visitor).inner_text()
    assert len(vendor.requests) == 1
    await card(visitor).get_by_role("button", name="Allow", exact=True).click()
    await visitor.finish()
    assert "It says 42." in await visitor.answers.last.inner_text()
    assert "run_python: Allowed this once" in await card(visitor).inner_text()


@ASKING
async def test_always_means_always_in_this_chat_and_in_no_other(visitor: Visitor, vendor: RemoteFast) -> None:
    calls(vendor, "1")
    calls(vendor, "print('second', 2)")
    tells(vendor, "It says {found}.", r"(second \d)")
    await visitor.choose_tool("Code")
    await visitor.say("twice, please")
    await card(visitor).get_by_role("button", name="Always").click()
    await visitor.finish()
    assert "It says second 2." in await visitor.answers.last.inner_text()
    assert "It says third 3." in await ask_on(visitor, vendor, "print('third', 3)", r"(third \d)")
    assert await visitor.tab.locator(".vt-approval").count() == 1
    await visitor.tab.click("#new-chat-button")
    await visitor.tab.locator("#starters").wait_for()
    calls(vendor, "print('fourth')")
    await visitor.choose_tool("Code")
    await visitor.say("and here?")
    await card(visitor).get_by_role("button", name="Refuse").wait_for()


@ASKING
async def test_refused_code_does_not_run_and_the_model_is_told(visitor: Visitor, vendor: RemoteFast) -> None:
    calls(vendor, "open('made.txt', 'w').write('it ran')")
    vendor.script(text="Then I leave it.")
    await visitor.choose_tool("Code")
    await visitor.say("write a file")
    await card(visitor).get_by_role("button", name="Refuse").click()
    await visitor.finish()
    assert "The person did not allow this call." in results(vendor)
    assert "Then I leave it." in await visitor.answers.last.inner_text()
    assert await visitor.tab.locator(".inline-file").count() == 0


@pytest.mark.parametrize("page", [pytest.param({"VT_CODE_SANDBOX": "off"}, id="off")], indirect=True)
async def test_where_no_code_can_run_the_step_and_the_model_are_told_why_and_what_to_do(
    visitor: Visitor, vendor: RemoteFast, sales: Path
) -> None:
    calls(vendor, AVERAGES)
    vendor.script(text="Code cannot run here, so I cannot say.")
    await attach(visitor, sales)
    await visitor.ask(QUESTION)
    await step(visitor).click()
    shown = await visitor.tab.locator('[data-step-type="tool"]').inner_text()
    for told in (results(vendor), shown):
        assert "switched off in the settings" in told
        assert "code_sandbox =" in told
    assert "Traceback" not in shown
    assert await charts(visitor).count() == 0
