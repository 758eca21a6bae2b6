"""Parts from other installed packages, found by entry point.

Groups: `vtai.handlers`, `vtai.tools`, `vtai.routers`.
"""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Any, Literal

from vtai.core.errors import SettingsError

Group = Literal["vtai.handlers", "vtai.tools", "vtai.routers"]


def load(group: Group) -> dict[str, Any]:
    """Entry point name to loaded object. Raises SettingsError naming the package that cannot be loaded."""
    loaded: dict[str, Any] = {}
    for point in entry_points(group=group):
        try:
            loaded[point.name] = point.load()
        except (ImportError, AttributeError) as error:
            package = point.dist.name if point.dist else point.value
            raise SettingsError(
                f"The plug-in {point.name!r} of the package {package!r} cannot be loaded: {error}.",
                f"Repair it or remove it: pip uninstall {package}",
            ) from error
    return loaded
