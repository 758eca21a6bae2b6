"""Models by name: a program that names one gets that one, or hears why not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from vtai.api.compat.failures import WrongField
from vtai.api.compat.routed import AUTO
from vtai.core.errors import NotConfigured
from vtai.providers.speech import BUILT_IN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vtai.core.ports import Catalogue, Model
    from vtai.core.turn import Capability

_ABILITY: Final[dict[Capability, str]] = {
    "chat": "chat",
    "tools": "call tools",
    "vision": "look at pictures",
    "image": "make pictures",
    "speech": "speak",
    "transcription": "listen",
    "embedding": "turn texts into vectors",
}


def able(catalogue: Catalogue, model: Model, needs: Sequence[Capability]) -> Model:
    """The model with all that is needed of it; one that is not listed is taken at the program's word.

    Raises WrongField where it is not able.
    """
    capabilities = model.capabilities
    for capability in needs:
        if model.can(capability):
            continue
        try:
            found = catalogue.choose(capability, model.name)
        except NotConfigured:
            found = None
        if found is None or (found.vendor, found.id) != (model.vendor, model.id):
            hint = "Choose another model: GET /v1/models lists them."
            raise WrongField(f"{model.name} cannot {_ABILITY[capability]}.", hint, "model")
        capabilities |= found.capabilities
    return replace(model, capabilities=capabilities)


def wanted(catalogue: Catalogue, name: str, capability: Capability) -> str | None:
    """The name for a port that takes one; None leaves the choice. Raises UnknownName or WrongField."""
    if is_free(name):
        return None
    if name == BUILT_IN and capability in {"speech", "transcription"}:
        return name
    return able(catalogue, catalogue.resolve(name), (capability,)).name


def is_free(name: str) -> bool:
    """Whether the choice of the model is ours."""
    return name.strip().lower().partition("/")[0] == AUTO


def serving(catalogue: Catalogue, name: str | None, capability: Capability) -> str:
    """Who will do it, for those who count."""
    try:
        return BUILT_IN if name == BUILT_IN else catalogue.choose(capability, name).id
    except NotConfigured:
        return BUILT_IN
