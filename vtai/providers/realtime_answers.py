"""The vendor's answers: kept back, then told and played, stopped with word of how much was heard."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import TYPE_CHECKING, Any

from vtai.core.events import Event, TextDelta
from vtai.core.ports.talking import HearingBegan, ReplyEnded, SoundOut, TalkEvent, Told
from vtai.providers.realtime_turn import Exchange, Response
from vtai.talking.playing import Player
from vtai.talking.reply import Means, Reply
from vtai.talking.stages import FIRST_SOUND

if TYPE_CHECKING:
    from vtai.providers.realtime_link import Link
    from vtai.talking.outbox import Outbox

Spawn = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]


class Answers:
    """What is told and heard of answers, the vendor's and ours. `ended` is called when one is over."""

    def __init__(
        self, link: Link, outbox: Outbox, means: Means, spawn: Spawn, ended: Callable[[Exchange], None]
    ) -> None:
        self._link = link
        self._outbox = outbox
        self._means = means
        self._spawn = spawn
        self._ended = ended
        self._dead: set[str] = set()

    def is_dead(self, id_: str) -> bool:
        """Whether nobody is to hear of this answer any more."""
        return id_ in self._dead

    def take(self, kind: str, exchange: Exchange, response: Response, told: Any) -> None:
        """A piece of the vendor's answer."""
        match kind, told:
            case "response.output_item.added", {"item": {"id": str(item)}}:
                response.item_id = item
            case (
                "response.output_audio_transcript.delta" | "response.output_text.delta",
                {"delta": str(text)},
            ):
                response.text += text
                self._tell(exchange, response, TextDelta(text))
            case "response.output_audio.delta", {"delta": str(encoded)}:
                response.item_id = str(told.get("item_id") or response.item_id)
                self._sound(exchange, response, encoded)
            case _:
                pass

    def finish(self, exchange: Exchange, response: Response) -> None:
        """The vendor has said all."""
        response.is_done = True
        if exchange.player is not None:
            exchange.player.finish()

    def release(self, exchange: Exchange) -> None:
        """The vendor's answer is told and heard from now on."""

        def put(sound: SoundOut) -> None:
            exchange.stages.mark(FIRST_SOUND)
            self._outbox.put(sound)

        exchange.is_released = True
        exchange.player = Player(put, self._means.options, self._means.clock)
        exchange.task = self._spawn(self._play(exchange, exchange.player))
        if (response := exchange.response) is not None:
            if response.text:
                self._outbox.put(Told(TextDelta(response.text)))
            for samples in response.sound:
                exchange.player.put(samples)
            if response.is_done:
                exchange.player.finish()

    def answer(self, exchange: Exchange, events: AsyncGenerator[Event, None]) -> None:
        """VT.ai answers with its own voice; the vendor is told what was said."""
        exchange.is_ours = True
        texts: list[str] = []

        def put(event: TalkEvent) -> None:
            if isinstance(event, Told) and isinstance(event.event, TextDelta):
                texts.append(event.event.text)
            self._outbox.put(event)

        async def run() -> None:
            await Reply(events, put, self._means, exchange.stages).run()
            await self._link.tell("assistant", "".join(texts))
            self._over(exchange)

        exchange.task = self._spawn(run())

    async def cut(self, exchange: Exchange) -> None:
        """Ends an answer; the vendor is told how much of it was heard."""
        for task in (exchange.task, exchange.deciding):
            if task is not None:
                task.cancel()
        self._outbox.drop_sound()
        self.settle(exchange)
        if exchange.is_answered:
            self._outbox.put(ReplyEnded(is_cut=True, stages_ms=exchange.stages.ms()))
        response, player = exchange.response, exchange.player
        if response is None or player is None or not player.has_begun:
            await self.drop(exchange)
            return
        await self._cancel(response)
        self._link.remember("assistant", response.text)
        await self._link.send(
            "conversation.item.truncate",
            item_id=response.item_id,
            content_index=0,
            audio_end_ms=int(player.played_s * 1000),
        )

    async def drop(self, exchange: Exchange) -> None:
        """Ends the vendor's answer that nobody heard, and takes it out of the vendor's memory."""
        response, exchange.response = exchange.response, None
        if response is not None:
            await self._cancel(response)
            if response.item_id:
                await self._link.send("conversation.item.delete", item_id=response.item_id)

    async def refuse(self, id_: str) -> None:
        """An answer that is not wanted."""
        await self._cancel(Response(id_))

    async def _cancel(self, response: Response) -> None:
        self._dead.add(response.id)
        if not response.is_done:
            await self._link.send("response.cancel", response_id=response.id)

    async def _play(self, exchange: Exchange, player: Player) -> None:
        await player.run()
        if exchange.response is not None:
            self._link.remember("assistant", exchange.response.text)
        self._over(exchange)

    def settle(self, exchange: Exchange) -> None:
        """Tells what was spent, where that is not told yet."""
        spent, exchange.spent = exchange.spent, None
        if spent is not None:
            self._outbox.put(Told(spent))

    def _over(self, exchange: Exchange) -> None:
        self._link.works()
        self._ended(exchange)
        self.settle(exchange)
        self._outbox.put(ReplyEnded(stages_ms=exchange.stages.ms()), HearingBegan())

    def _tell(self, exchange: Exchange, response: Response, event: TextDelta) -> None:
        exchange.stages.hear(event)
        if exchange.is_released:
            self._outbox.put(Told(event))

    def _sound(self, exchange: Exchange, response: Response, encoded: str) -> None:
        try:
            samples = base64.b64decode(encoded, validate=True)
        except (ValueError, binascii.Error):
            return
        if exchange.player is not None:
            exchange.player.put(samples)
        else:
            response.sound.append(samples)
