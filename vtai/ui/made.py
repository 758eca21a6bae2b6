"""What a reply made, shown in its bubbles: pictures, tables, files to save, sound and video."""

from __future__ import annotations

from vtai.core.events import FileReady, PicturePreview, TableReady, ToolProgress, ToolStarted
from vtai.core.messages import Attachment
from vtai.ui import tables
from vtai.ui.gallery import Gallery
from vtai.ui.paper import Kept, Paper, Step, new_id
from vtai.ui.uploads import element_kind

# Pictures of this kind can hold scripts; one that was made here is for saving.
_SAVED = frozenset({"image/svg+xml"})


class Made:
    """Call it as things are made, and `finish` in any case.

    `turn_id` is the message that is answered, `expected` how many pictures were asked for. With `can_change`
    pictures are what the reply is about: they stay together, and others can be made of them. Otherwise each
    bubble has those that were made for it.
    """

    def __init__(self, paper: Paper, turn_id: str, expected: int = 1) -> None:
        self.can_change = False
        self.kept: list[Kept] = []
        self._paper = paper
        self._turn_id = turn_id
        self._expected = expected
        self._galleries: list[tuple[Step, Gallery]] = []

    @property
    def files(self) -> list[Attachment]:
        """All that was made, the oldest first."""
        return [kept.file for kept in self.kept]

    @property
    def outdated(self) -> list[str]:
        """The keys of files that are not shown any more, once all is over."""
        return [key for _, gallery in self._galleries for key in gallery.outdated]

    @property
    def offers_again(self) -> bool:
        """Whether the button for that stands under the pictures."""
        return any(gallery.offers_again for _, gallery in self._galleries)

    async def start(self, step: Step, event: ToolStarted) -> None:
        """A model begins to make pictures."""
        await self._gallery(step).start(step, event)

    async def progress(self, event: ToolProgress) -> None:
        for _, gallery in self._galleries[-1:]:
            await gallery.progress(event)

    async def preview(self, step: Step, event: PicturePreview) -> None:
        await self._gallery(step).preview(step, event)

    async def add(self, step: Step, event: FileReady) -> None:
        """Shows pictures, sound and video; what else there is can be saved."""
        kind = element_kind(event.media_type)
        if kind == "image" and event.media_type not in _SAVED:
            self.kept.append(await self._gallery(step).add(step, event))
            return
        kind = "file" if kind == "image" else kind
        self.kept.append(await self._paper.place_file(step, kind, event.name, event.media_type, event.data))

    async def table(self, step: Step, event: TableReady) -> None:
        await self._paper.place_custom(step, "Table", tables.props(event), new_id())

    async def finish(self, outcome: str) -> None:
        for _, gallery in self._galleries:
            await gallery.finish(outcome)

    def _gallery(self, step: Step) -> Gallery:
        """The one that shows pictures there, a new one where there is none yet."""
        for place, gallery in reversed(self._galleries):
            if self.can_change or place is step:
                return gallery
        gallery = Gallery(self._paper, self._turn_id, self._expected, can_change=self.can_change)
        self._galleries.append((step, gallery))
        return gallery
