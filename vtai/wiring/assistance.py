"""What the assistant works with: tools, the sandbox, notes, MCP servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vtai import plugins
from vtai.tools import TOOLS

if TYPE_CHECKING:
    from vtai.providers.keys import KeyRing
    from vtai.providers.sandbox.chosen import ChosenSandbox
    from vtai.providers.sandbox.engine import SandboxOptions
    from vtai.settings import Loaded, Settings

_MIB = 1024 * 1024


class Assistance:
    """Made at once; processes and connections start when they are first needed."""

    def __init__(self, loaded: Loaded, keys: KeyRing) -> None:
        from vtai.providers import tool_file
        from vtai.providers.mcp.servers import McpServers
        from vtai.providers.notes import FileNotes
        from vtai.providers.toolbox import ChosenToolbox, ToolChoice

        settings = loaded.settings
        declared = tool_file.read(loaded.config_dir)
        choice = ToolChoice(settings.tools, settings.tools_off, settings.tools_asking, declared.tools)
        shipped = (*TOOLS, *plugins.tools(TOOLS))
        self.mcp = McpServers(declared.mcp)
        self.toolbox = ChosenToolbox(shipped, choice, self.mcp)
        self.notes = FileNotes(loaded.data_dir)
        self.sandbox = sandbox(loaded, keys)
        self.closers = (self.notes.close, self.mcp.aclose, self.sandbox.aclose)

    async def begin(self) -> None:
        """Connects to the MCP servers and tries out the sandbox, so that the first message need not wait."""
        self.mcp.start()
        await self.sandbox.report()


def sandbox(loaded: Loaded, keys: KeyRing) -> ChosenSandbox:
    """The sandbox of the settings; nothing is started."""
    from vtai.providers.sandbox.chosen import ChosenSandbox
    from vtai.providers.sandbox.makers import makers

    settings: Settings = loaded.settings
    others = makers(
        settings.code_sandbox_url,
        settings.code_sandbox_token,
        keys.get("e2b"),
        settings.code_sandbox_image,
        settings.code_sandbox_runtime,
    )
    return ChosenSandbox(sandbox_options(loaded), others)


def sandbox_options(loaded: Loaded) -> SandboxOptions:
    """How code runs, by the settings."""
    from vtai.providers.sandbox.engine import SandboxOptions

    settings: Settings = loaded.settings
    return SandboxOptions(
        engine=settings.code_sandbox,
        minimum=settings.code_sandbox_min,
        level=settings.code_sandbox_level,
        folder=loaded.data_dir / "sandbox",
        hidden=(loaded.config_dir, loaded.data_dir),
        timeout_s=settings.code_timeout_s,
        resident_bytes=settings.code_memory_mb * _MIB,
        workspace_bytes=settings.code_disk_mb * _MIB,
        sessions=settings.code_sessions,
        idle_s=settings.code_idle_s,
    )
