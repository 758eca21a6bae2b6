"""Limits as an operator writes them: `limits.toml` in the configuration folder.

[[limits]]
for = "each person"        # or "everybody together", "guests", "person ann", "group students", "key nightly"
most = 200
what = "requests"          # or "tokens", "usd"
per = "day"                # or "minute", "hour", "month"
route = "image-generation" # only there
model = "gpt-5"            # only this model
warn_at = 0.8
then = "downgrade"         # or "stop"
to = "embedded"            # the model that answers instead
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from vtai.core import toml_files
from vtai.core.errors import SettingsError

FILE_NAME: Final = "limits.toml"
_WORKS: Final = 'One that works: [[limits]] for = "each person" most = 200 what = "requests" per = "day"'

What = Literal["requests", "tokens", "usd"]
Per = Literal["minute", "hour", "day", "month"]
Kind = Literal["each", "together", "guests", "person", "group", "key"]
_FIXED: Final[dict[str, Kind]] = {"each person": "each", "everybody together": "together", "guests": "guests"}
_NAMED: Final[tuple[Kind, ...]] = ("person", "group", "key")


class Rule(BaseModel):
    """One limit. `kind` and `name` say whom it is for; each person is counted apart but for "together"."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    for_: Annotated[str, Field(alias="for")]
    most: float = Field(gt=0)
    what: What
    per: Per
    route: str | None = None
    model: str | None = None
    warn_at: float = Field(default=0.8, gt=0, le=1)
    then: Literal["stop", "downgrade"] = "stop"
    to: str | None = None
    shared: bool = False

    @model_validator(mode="after")
    def _fits(self) -> Rule:
        if self.for_ not in _FIXED and (self.for_.partition(" ")[0] not in _NAMED or not self.name):
            raise ValueError(f'for = "{self.for_[:40]}" is nobody; use "each person" or "group NAME"')
        if (self.then == "downgrade") != (self.to is not None):
            raise ValueError('then = "downgrade" needs to = "MODEL", and only then')
        if self.route is not None and self.model is not None:
            raise ValueError("a limit is for a route or for a model; write one for each")
        return self

    @property
    def kind(self) -> Kind:
        if (fixed := _FIXED.get(self.for_)) is not None:
            return fixed
        first = self.for_.partition(" ")[0]
        return next(kind for kind in _NAMED if kind == first)

    @property
    def name(self) -> str:
        """Who, where the rule is for somebody by name."""
        return "" if self.for_ in _FIXED else self.for_.partition(" ")[2].strip()

    @property
    def id(self) -> str:
        """The same for the same limit in every process, whatever its height."""
        return "/".join((self.for_, self.what, self.per, self.route or "", self.model or ""))


def read(config_dir: Path) -> tuple[Rule, ...]:
    """The rules of the file; none without it. Raises SettingsError naming what is wrong."""
    path = config_dir / FILE_NAME
    tables = toml_files.read(path, _WORKS)
    limits = tables.get("limits", [])
    if tables.keys() - {"limits"} or not isinstance(limits, list):
        raise SettingsError(f"{path} holds nothing but tables [[limits]].", _WORKS)
    return tuple(_rule(path, number, table) for number, table in enumerate(limits, 1))


def _rule(path: Path, number: int, table: Any) -> Rule:
    try:
        return Rule.model_validate(table)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the table"
        reason = first["msg"].removeprefix("Value error, ")
        raise SettingsError(f"{path}: limit {number}, {where}: {reason}.", _WORKS) from error
