"""aimock's Tavily end point as a process, with results of one's own: `with Tavily([...]) as vendor`.

Its journal tells of the head of a request alone (`requests`), so what a request asks for is tested elsewhere.
"""

from __future__ import annotations

import json
import subprocess
import urllib.request
from typing import Any, Self

from tests.standins.aimock import install, node_command

_PROGRAM = """
const { LLMock } = await import(process.argv[1]);
const mock = new LLMock({ port: 0, logLevel: "silent" });
for (const { match, results } of JSON.parse(process.argv[2])) mock.onSearch(match ?? /.*/, results);
console.log(await mock.start());
"""


class Tavily:
    """`fixtures` are tried in order: `results` for queries that contain `match`, or for any without one."""

    def __init__(self, fixtures: list[dict[str, Any]]) -> None:
        self._fixtures = fixtures
        self.url = ""

    def __enter__(self) -> Self:
        package = install() / "@copilotkit" / "aimock" / "dist" / "index.js"
        program = ["--input-type=module", "-e", _PROGRAM, package.as_uri(), json.dumps(self._fixtures)]
        self._process = subprocess.Popen([*node_command(), *program], stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.communicate(timeout=10)

    @property
    def requests(self) -> list[dict[str, Any]]:
        with urllib.request.urlopen(f"{self.url}/__aimock/journal", timeout=10) as response:
            journal = json.load(response)
        entries: list[dict[str, Any]] = journal if isinstance(journal, list) else journal["entries"]
        return entries
