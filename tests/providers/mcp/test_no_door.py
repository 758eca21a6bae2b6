"""A person has no way to add a server: the page's own support for MCP stays off."""

from __future__ import annotations

import tomllib

from vtai.ui import site


def test_the_pages_own_servers_are_off() -> None:
    config = tomllib.loads((site.SHIPPED / ".chainlit" / "config.toml").read_text(encoding="utf-8"))
    assert config["features"]["mcp"] == {"enabled": False}
    assert config["project"]["user_env"] == []
