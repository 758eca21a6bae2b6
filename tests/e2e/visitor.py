"""What somebody does on the page, in their own words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.ui.program import Program

if TYPE_CHECKING:
    from playwright.async_api import ConsoleMessage, Error, Locator, Page

_AXE = Path(__file__).parents[1] / "standins" / "node_modules" / "axe-core" / "axe.min.js"
# A sent PDF is shown anew once the server has it; the viewer before may still have been reading.
_READER_TAKEN_DOWN = "Worker was terminated"
_DONE = '.vt-footer:not([data-outcome="working"])'


class Visitor:
    """One tab. `errors` are what the page's scripts complained about."""

    def __init__(self, tab: Page, program: Program) -> None:
        self.tab = tab
        self.program = program
        self.errors: list[str] = []
        tab.on("pageerror", self._see)
        tab.on("console", self._hear)

    async def arrive(self) -> None:
        await self.tab.goto(self.program.url)
        await self.tab.wait_for_selector("#chat-input")
        # The pickers come with the connection.
        await self.tab.wait_for_selector("#mode-picker-trigger-route")

    async def say(self, text: str) -> None:
        await self.tab.fill("#chat-input", text)
        await self.tab.click("#chat-submit")

    async def ask(self, text: str) -> str:
        """Says it and waits for the end of the answer; gives the answer."""
        done = await self.footers.count()
        await self.say(text)
        await self.tab.locator(_DONE).nth(done).wait_for()
        return await self.answers.last.inner_text()

    async def finish(self, count: int = 1) -> None:
        """Waits until so many replies have ended."""
        await self.tab.locator(_DONE).nth(count - 1).wait_for()

    async def choose_tool(self, name: str) -> None:
        await self.tab.click("#command-button")
        await self.tab.locator("#command-popover [cmdk-item]").filter(has_text=name).first.click()

    @property
    def answers(self) -> Locator:
        return self.tab.locator('[data-step-type="assistant_message"] .message-content')

    @property
    def questions(self) -> Locator:
        return self.tab.locator('[data-step-type="user_message"]')

    @property
    def footers(self) -> Locator:
        return self.tab.locator(".vt-footer")

    async def barriers(self) -> list[str]:
        """What keeps people out, as axe finds it: rule and place, serious and critical ones.

        What has just come is named with the next frame, so what is found is looked at once more.
        """
        await self.tab.evaluate(_AXE.read_text())
        return await self._barriers() and await self._barriers()

    async def _barriers(self) -> list[str]:
        await self.tab.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done, 50)))")
        found: dict[str, Any] = await self.tab.evaluate(
            "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']})"
        )
        return [
            f"{violation['id']}: {node['target']} {node['failureSummary']}"
            for violation in found["violations"]
            if violation["impact"] in {"serious", "critical"}
            for node in violation["nodes"]
        ]

    def _see(self, error: Error) -> None:
        if str(error) != _READER_TAKEN_DOWN:
            self.errors.append(str(error))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)
