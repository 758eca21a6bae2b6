"""The settings in force, and changing the safe ones while the server runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, BeforeValidator, SecretStr, create_model

from vtai.api.answers import Conflict
from vtai.api.endpoints import Answer, Call, Endpoint
from vtai.api.reading import WHOLE, Body, Result, kinds
from vtai.core.errors import SettingsError
from vtai.settings import Settings, changing, masking
from vtai.wiring.preferences import preferences_from

if TYPE_CHECKING:
    from vtai.wiring import App

MASK = "****"


class SettingShown(Result):
    value: str | float | bool | list[str] | None
    """Secrets are stars."""
    origin: str
    """Who set it: "command line", "environment", ".env", "config.toml", "default"."""
    is_changeable: bool
    """It can be changed while the server runs."""


class Configuration(Result):
    settings: dict[str, SettingShown]


@cache
def _changes() -> type[BaseModel]:
    """The settings that can be changed, each as the settings have it, or null for its default."""
    fields: dict[str, Any] = {}
    for name in changing.CHANGEABLE:
        field = Settings.model_fields[name]
        rules = [rule for rule in field.metadata if not isinstance(rule, BeforeValidator)]
        kind: Any = field.annotation
        for rule in rules:
            kind = Annotated[kind, rule]
        if int in kinds(field.annotation):
            kind = Annotated[kind, WHOLE]
        fields[name] = (Annotated[kind | None, _described(field.description)], None)
    return create_model("ConfigurationChange", __base__=Body, **fields)


def _described(text: str | None) -> Any:
    from pydantic import Field

    return Field(description=text)


class Configuring:
    """The answers, over one application. Other processes of the same server see a change when they start."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._turn = asyncio.Lock()

    def endpoints(self) -> Sequence[Endpoint[Any, Any]]:
        changes: type[Any] = _changes()
        return (
            Endpoint(
                "GET",
                "/config",
                "admin",
                "The settings in force, secrets masked.",
                self.config,
                Configuration,
            ),
            Endpoint(
                "PATCH",
                "/config",
                "admin",
                "Changes settings for the chats that begin from now on, and in config.toml.",
                self.change_config,
                Configuration,
                body=changes,
                says={
                    404: "There is no such model.",
                    409: "The setting is set where it counts for more, or config.toml cannot be changed.",
                },
            ),
        )

    async def config(self, _: Call[None, None]) -> Answer:
        return self._shown()

    async def change_config(self, call: Call[BaseModel, None]) -> Answer:
        changes: dict[str, Any] = {
            name: getattr(call.body, name)
            for name in changing.CHANGEABLE
            if name in call.body.model_fields_set
        }
        for name, value in changes.items():
            if name.endswith("_model") and value is not None:
                self._app.catalogue.resolve(value)
        async with self._turn:
            try:
                loaded = await asyncio.to_thread(changing.change, self._app.loaded, changes)
            except SettingsError as error:
                raise Conflict(error.message, error.hint) from error
            self._app.loaded = loaded
            self._app.preferences = preferences_from(loaded.settings)
        if "log_level" in changes:
            logging.getLogger().setLevel(loaded.settings.log_level)
        return self._shown()

    def _shown(self) -> Configuration:
        loaded = self._app.loaded
        return Configuration(
            settings={
                name: SettingShown(
                    value=_value(getattr(loaded.settings, name)),
                    origin=_place(loaded.origins, name),
                    is_changeable=name in changing.CHANGEABLE,
                )
                for name in type(loaded.settings).model_fields
            }
        )


def _value(value: Any) -> Any:
    match value:
        case SecretStr():
            return MASK
        case str():
            return masking.masked(value)
        case tuple():
            return [_value(each) for each in value]
        case _:
            return value


def _place(origins: Mapping[str, str], name: str) -> str:
    """Where the setting comes from; of a file its name alone."""
    return Path(origins.get(name, "default")).name
