"""A command line with a scripted sandbox behind it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from tests.cli.conftest import Shell
from tests.fakes import FakeSandbox
from vtai.settings import Loaded
from vtai.wiring import App


@dataclass
class SandboxShell(Shell):
    """A command line with a scripted sandbox behind it."""

    sandbox: FakeSandbox = field(default_factory=FakeSandbox)

    def build(self, loaded: Loaded) -> App:
        app = super().build(loaded)
        app.services = replace(app.services, sandbox=self.sandbox)
        return app
