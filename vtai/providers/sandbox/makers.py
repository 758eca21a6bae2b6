"""The engines besides the local one, each where what it needs is set: an address, a key, an image."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from vtai.providers.sandbox.chosen import MakeEngine
from vtai.providers.sandbox.engine import EngineName, SandboxEngine, SandboxOptions

if TYPE_CHECKING:
    from pydantic import SecretStr


def makers(
    url: str | None, token: SecretStr | None, e2b_key: SecretStr | None, image: str, runtime: str | None
) -> Mapping[EngineName, MakeEngine]:
    """For `ChosenSandbox`. What is not in it is not configured; nothing is imported before it is made."""
    found: dict[EngineName, MakeEngine] = {"container": _container(image, runtime), "seatbelt": _seatbelt}
    if url and token:
        found["remote"] = _remote(url, token)
    if e2b_key:
        found["e2b"] = _e2b(e2b_key)
    return found


def _container(image: str, runtime: str | None) -> MakeEngine:
    def make(options: SandboxOptions) -> SandboxEngine:
        from vtai.providers.sandbox.container import ContainerEngine

        return ContainerEngine(options, image, runtime)

    return make


def _remote(url: str, token: SecretStr) -> MakeEngine:
    def make(options: SandboxOptions) -> SandboxEngine:
        from vtai.providers.sandbox.remote import RemoteEngine

        return RemoteEngine(options, url, token)

    return make


def _e2b(key: SecretStr) -> MakeEngine:
    def make(options: SandboxOptions) -> SandboxEngine:
        from vtai.providers.sandbox.e2b import E2BEngine

        return E2BEngine(options, key)

    return make


def _seatbelt(options: SandboxOptions) -> SandboxEngine:
    from vtai.providers.sandbox.seatbelt import SeatbeltEngine

    return SeatbeltEngine(options)
