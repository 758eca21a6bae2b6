"""tools.toml says which servers there are and how tools are set; a mistake in it is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from vtai.core.errors import SettingsError
from vtai.providers import tool_file

FILE = """
[mcp.files]
command = "uvx"
args = ["mcp-server-files", "/srv"]
env = {KEY = "${FILES_KEY}", MODE = "quiet"}
approval = ["read_file"]
tools = ["read_file", "write_file"]
timeout_s = 20

[mcp.web-search]
url = "https://example.org/mcp"
headers = {Authorization = "Bearer ${WEB_TOKEN}"}
approval = false

[mcp.later]
command = "later"
env = {KEY = "${NOT_SET}"}
is_on = false

[tool.run_python]
needs_approval = true
"""


def written(folder: Path, text: str) -> Path:
    (folder / "tools.toml").write_text(text, encoding="utf-8")
    return folder


def test_without_a_file_there_is_nothing(tmp_path: Path) -> None:
    assert (dict(tool_file.read(tmp_path).mcp), dict(tool_file.read(tmp_path).tools)) == ({}, {})


def test_servers_and_tools_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FILES_KEY", "k-123")
    (tmp_path / ".env").write_text("WEB_TOKEN=t-456\n")
    file = tool_file.read(written(tmp_path, FILE))
    files, web = file.mcp["files"], file.mcp["web-search"]
    assert (files.kind, files.command, files.args) == ("stdio", "uvx", ("mcp-server-files", "/srv"))
    assert {name: value.get_secret_value() for name, value in files.env.items()} == {
        "KEY": "k-123",
        "MODE": "quiet",
    }
    assert [files.asks_before(tool) for tool in ("read_file", "write_file")] == [False, True]
    assert [files.offers(tool) for tool in ("read_file", "erase")] == [True, False]
    assert files.timeout_s == 20
    assert (web.kind, web.asks_before("any")) == ("http", False)
    assert web.headers["Authorization"].get_secret_value() == "Bearer t-456"
    assert not file.mcp["later"].is_on
    assert dict(file.tools) == {"run_python": {"needs_approval": True}}


def test_secrets_are_not_in_what_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FILES_KEY", "k-123")
    monkeypatch.setenv("WEB_TOKEN", "t-456")
    file = tool_file.read(written(tmp_path, FILE))
    assert "k-123" not in repr(file)
    assert "t-456" not in repr(file)


SERVER = '[mcp.files]\ncommand = "uvx"\n'
WEB = '[mcp.web]\nurl = "https://example.org"\n'


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        pytest.param("[mcp.files", "is not valid TOML", "[mcp.time]", id="no TOML"),
        pytest.param(
            "[mcpServers.files]", "mcpServers: there is no such table", "[mcp.NAME]", id="unknown table"
        ),
        pytest.param('mcp = "files"', "mcp is not a table", "[mcp.time]", id="no table of tables"),
        pytest.param('[mcp]\ncommand = "uvx"', "mcp.command is not a table", "[mcp.time]", id="no name"),
        pytest.param(
            "tool.clock = 3", "tool.clock is not a table", "[tool.run_python]", id="a tool that is no table"
        ),
        pytest.param(
            '[mcp."my files"]\ncommand = "x"',
            "mcp.my files: a server's name",
            "[mcp.my-files]",
            id="odd name",
        ),
        pytest.param(
            '[mcp.a__b]\ncommand = "x"', "mcp.a__b: a server's name", "[mcp.a-b]", id="two underscores"
        ),
        pytest.param(
            '[mcp.files]\nargs = ["x"]', "mcp.files: it needs either a command or a url", "uvx", id="neither"
        ),
        pytest.param(SERVER + 'url = "http://x"', "either a command or a url", "uvx", id="both"),
        pytest.param(
            SERVER + 'header = {a = "b"}',
            "mcp.files.header: there is no such key",
            "headers",
            id="unknown key",
        ),
        pytest.param(
            SERVER + 'headers = {a = "b"}', "headers belong to a url", "uvx", id="headers for a command"
        ),
        pytest.param(WEB + 'env = {A = "b"}', "args and env belong to a command", "uvx", id="env for a url"),
        pytest.param('[mcp.web]\nurl = "ftp://x"', "mcp.web.url", 'url = "https://', id="no web address"),
        pytest.param(
            '[mcp.web]\nurl = "https://x/?key=${KEY}"',
            "mcp.web.url",
            'url = "https://',
            id="a key in the address",
        ),
        pytest.param(
            SERVER + 'args = "x"', "mcp.files.args", 'args = ["mcp-server-time"]', id="args that are no list"
        ),
        pytest.param(
            SERVER + 'approval = "no"',
            "mcp.files.approval: it is true, false, or",
            "approval = true",
            id="approval in words",
        ),
        pytest.param(SERVER + "timeout_s = 0", "mcp.files.timeout_s", "timeout_s = 60", id="no time"),
        pytest.param(SERVER + 'env = {"A B" = "c"}', "env.A B cannot be set", "uvx", id="odd variable"),
        pytest.param(
            WEB + 'headers = {A = "b\\r\\nC: d"}',
            "headers.A cannot be sent",
            "uvx",
            id="a header of two lines",
        ),
        pytest.param(
            SERVER + 'env = {A = "${NOT_SET}"}',
            "names the variable 'NOT_SET', which is not set",
            "export NOT_SET=",
            id="variable not set",
        ),
    ],
)
def test_a_mistake_is_named_with_a_value_that_works(
    tmp_path: Path, text: str, message: str, hint: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        tool_file.read(written(tmp_path, text))
    assert str(tmp_path / "tools.toml") in refused.value.message
    assert message in refused.value.message
    assert hint in refused.value.hint


def test_a_secret_is_not_repeated_in_a_complaint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", "top-secret-1")
    with pytest.raises(SettingsError) as refused:
        tool_file.read(written(tmp_path, WEB + 'headers = {A = "${KEY}\\n"}'))
    assert "top-secret-1" not in refused.value.message + refused.value.hint


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "tools.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match=r"tools\.toml is not UTF-8"):
        tool_file.read(tmp_path)


def test_every_key_of_a_server_is_in_the_guide() -> None:
    from vtai.providers.mcp.declared import McpServer

    guide = Path(__file__).parents[2] / "docs" / "guides" / "mcp.md"
    text = guide.read_text(encoding="utf-8")
    assert [name for name in McpServer.model_fields if f"| `{name}` |" not in text] == []


def test_the_tools_toml_of_the_guide_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import re

    monkeypatch.setenv("FORGE_TOKEN", "x")
    guide = Path(__file__).parents[2] / "docs" / "guides" / "mcp.md"
    example = re.search(r"```toml\n(.*?)```", guide.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert example is not None
    assert set(tool_file.read(written(tmp_path, example[1])).mcp) == {"time", "forge"}
