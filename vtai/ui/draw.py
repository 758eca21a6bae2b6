"""Draws the events of one reply on the page, one after the other."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import assert_never

from vtai.core import events, routes
from vtai.core.events import Event
from vtai.core.messages import Attachment
from vtai.core.routes import Decision
from vtai.ui.approvals import Approvals, Desk
from vtai.ui.coalesce import Flow, Pace
from vtai.ui.footer import Footer, Outcome
from vtai.ui.made import Made
from vtai.ui.markdown import Rewriter
from vtai.ui.paper import Kept, Paper, Step, new_id, now
from vtai.ui.player import Player, is_speech
from vtai.ui.searching import Search
from vtai.ui.session import Said
from vtai.ui.steps import Notices, Tools
from vtai.ui.thinking import Thinking

AUTHOR = "VT.ai"
# Chainlit gives the children of a step of this name their running state and their copy button.
_RUN = "on_message"
_Made = events.PicturePreview | events.FileReady | events.TableReady | events.SpeechPiece


class Drawing:
    """One reply under the message it answers. Call `begin`, `draw` for each event, and `finish` in any case.

    `clock` gives seconds, for the duration of thinking; `expected_pictures` is how many were asked for,
    should the message be for pictures. `desk` is where the chat's questions wait for their answers.
    """

    def __init__(
        self,
        paper: Paper,
        footer: Footer,
        pace: Pace,
        clock: Callable[[], float] = time.monotonic,
        expected_pictures: int = 1,
        desk: Desk | None = None,
    ) -> None:
        self.text = ""
        self._paper = paper
        self.footer = footer
        self._footer_id = new_id()
        self._pace = pace
        self._run = Step("run", _RUN, footer.turn_id)
        self._bubble: Step | None = None
        self._last: Step | None = None
        self._thinking = Thinking(paper, self._run.id, pace, clock)
        self._flow: Flow | None = None
        self._links: dict[str, str] = {}
        self._rewriter = Rewriter(self._links)
        self._notices = Notices(paper, self._run.id)
        self._tools = Tools(paper, self._run.id, pace)
        self._approvals = Approvals(paper, self._run.id, desk or Desk())
        self._search = Search(paper, self._run.id)
        self._made = Made(paper, footer.turn_id, expected_pictures)
        self._player = Player(paper, footer.key)
        # The bubble that was opened for pictures; none may ever come.
        self._easel: Step | None = None

    @property
    def files(self) -> list[Attachment]:
        """What was made: pictures, tables, sound, whatever can be saved."""
        return self._made.files

    @property
    def kept(self) -> list[Kept]:
        """The same and what is spoken, with the keys under which the page has it."""
        return [*self._made.kept, *self._player.kept]

    @property
    def spoken(self) -> str:
        """What is said aloud, in words."""
        return self._player.text

    @property
    def said(self) -> tuple[str, Said] | None:
        """The reply's key and its words, where there are any."""
        words = self.text if self.text.strip() else self.spoken
        return (self.footer.key, Said(words, self._last)) if words and self._last is not None else None

    @property
    def work(self) -> str:
        """What the tools did, shortened."""
        return self._tools.work

    @property
    def outdated(self) -> list[str]:
        """The keys of files that are not shown any more, once all is over."""
        return self._made.outdated

    @property
    def decision(self) -> Decision | None:
        """What was decided, once that is known."""
        return self.footer.decision

    @property
    def route(self) -> str | None:
        """Where the message went: nowhere yet before that is known, and while it is a question."""
        return self.decision.route if self.decision and not self.decision.options else None

    async def begin(self) -> None:
        await self._paper.show(self._run)

    async def draw(self, event: Event) -> None:
        """Shows one event."""
        await self._notices.move_on(event)
        match event:
            case events.RouteChosen() | events.SourcesFound() | events.Usage():
                self._note(event)
            case events.TextDelta():
                await self._add_text(event.text)
            case events.ThinkingDelta():
                await self._add_thinking(event.text)
            case events.ToolStarted() | events.ToolProgress() | events.ToolFinished():
                await self._use_tool(event)
            case events.PicturePreview() | events.FileReady() | events.TableReady() | events.SpeechPiece():
                await self._add_made(event)
            case events.ApprovalAsked():
                await self._ask_first(event)
            case events.Notice():
                await self._notices.show(event)
            case events.Choices():
                await self._ask(event)
            case events.Failed():
                await self._fail(event)
            case _:
                assert_never(event)

    async def finish(self, outcome: Outcome) -> None:
        """Leaves nothing that looks as if it were still going on. Keeps what was written."""
        if self.footer.outcome == "working":
            self.footer.outcome = outcome
        await self._notices.settle()
        await self._approvals.settle()
        await self._tools.settle()
        await self._search.settle()
        await self._close_texts()
        await self._made.finish(self.footer.outcome)
        await self._player.finish("done" if self.footer.outcome == "working" else self.footer.outcome)
        self.footer.has_words = self.said is not None
        self.footer.offers_again = not self._made.offers_again
        if self._last is None:
            self._last = Step("assistant_message", AUTHOR, self._run.id, end=now())
            await self._paper.show(self._last)
        await self._show_footer(self._last)
        if self._easel is not None and self._easel is not self._last:
            await self._paper.drop_if_empty(self._easel)
        self._run.end, self._run.facts = now(), self.footer.facts
        await self._paper.show(self._run)

    async def _add_text(self, text: str) -> None:
        await self._thinking.close()
        await self._search.fold()
        self.text += text
        text = self.footer.without_list(text)
        bubble = await self._open_bubble()
        if not text:
            return
        if self._flow is None:
            self._flow = Flow(lambda piece: self._paper.stream(bubble, piece), self._pace)
        self._flow.add(self._rewriter.feed(text))

    def _note(self, event: events.RouteChosen | events.SourcesFound | events.Usage) -> None:
        """Facts for the footer."""
        match event:
            case events.RouteChosen():
                self.footer.decision = event.decision
                self._made.can_change = self.route == routes.IMAGE_GENERATION
            case events.SourcesFound():
                self.footer.sources += event.sources
                self._links.update(self.footer.links())
            case events.Usage():
                self.footer.usage.append(event)
            case _:
                assert_never(event)

    async def _use_tool(self, event: events.ToolStarted | events.ToolProgress | events.ToolFinished) -> None:
        if self.route == routes.IMAGE_GENERATION:
            await self._make_pictures(event)
            return
        if self._search.knows(event) or (self.route == routes.WEB_SEARCH and not self.text):
            await self._close_texts()
            await self._search.draw(event)
            return
        match event:
            case events.ToolStarted():
                await self._close_texts()
                await self._tools.start(event)
            case events.ToolProgress():
                await self._tools.progress(event)
            case events.ToolFinished():
                await self._tools.finish(event)
            case _:
                assert_never(event)

    async def _make_pictures(
        self, event: events.ToolStarted | events.ToolProgress | events.ToolFinished
    ) -> None:
        """The work on pictures is told where they will be, not in a step of its own."""
        match event:
            case events.ToolStarted():
                await self._thinking.close()
                self._easel = await self._open_bubble()
                await self._made.start(self._easel, event)
            case events.ToolProgress():
                await self._made.progress(event)
            case events.ToolFinished():
                pass  # the pictures say it, or the failure that follows
            case _:
                assert_never(event)

    async def _add_thinking(self, text: str) -> None:
        if not self._thinking.is_open:
            await self._search.fold()
            await self._close_bubble()
        await self._thinking.add(text)

    async def _add_made(self, event: _Made) -> None:
        if isinstance(event, events.SpeechPiece) or (
            isinstance(event, events.FileReady) and is_speech(event)
        ):
            await self._voice(event)
            return
        await self._thinking.close()
        bubble = await self._open_bubble()
        match event:
            case events.PicturePreview():
                await self._made.preview(bubble, event)
            case events.FileReady():
                await self._made.add(bubble, event)
            case events.TableReady():
                await self._made.table(bubble, event)
            case _:
                assert_never(event)

    async def _voice(self, event: events.SpeechPiece | events.FileReady) -> None:
        """Sound comes a little after its words: it stands with them, and ends no step that began since."""
        await self._player.take(self._bubble or self._last or await self._open_bubble(), event)

    async def _ask_first(self, event: events.ApprovalAsked) -> None:
        """The card stays where it is; what comes of the answer comes below it."""
        await self._close_texts()
        if (bubble := await self._approvals.ask(AUTHOR, event)) is not None:
            self._last = bubble
            await self._show_footer(bubble)

    async def _ask(self, event: events.Choices) -> None:
        await self._close_texts()
        question = Step("assistant_message", AUTHOR, self._run.id, event.question, end=now())
        await self._paper.show(question)
        self._last = question
        self.footer.choices = event.options
        await self._show_footer(question)

    async def _fail(self, event: events.Failed) -> None:
        await self._close_texts()
        self.footer.outcome = "failed"
        words = f"**{event.message}**\n\n{event.hint}"
        self._last = Step("assistant_message", AUTHOR, self._run.id, words, is_error=True, end=now())
        await self._paper.show(self._last)

    async def _open_bubble(self) -> Step:
        if self._bubble is None:
            self._bubble = Step("assistant_message", AUTHOR, self._run.id)
            self._last = self._bubble
            await self._paper.show(self._bubble)
            await self._show_footer(self._bubble)
        return self._bubble

    async def _show_footer(self, step: Step) -> None:
        """One footer a reply; it moves along to the newest bubble."""
        props = self.footer.props() | {"thread": self._paper.thread_id}
        await self._paper.place_custom(step, "ReplyFooter", props, self._footer_id)

    async def _close_texts(self) -> None:
        await self._thinking.close()
        await self._close_bubble()

    async def _close_bubble(self) -> None:
        """Shows the whole text: it repairs whatever the browser missed."""
        if (step := self._bubble) is None:
            return
        self._bubble = None
        if self._flow is not None:
            flow, self._flow = self._flow, None
            flow.add(self._rewriter.finish())
            step.output += await flow.close()
        step.is_streaming = False
        step.end = now()
        await self._paper.show(step)
