"""Reads `models.toml`: the shipped file, and the user's own laid over it. Parsed once, then trusted."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from vtai.core.errors import SettingsError
from vtai.core.turn import Capability, HostedTool
from vtai.providers import model_layers
from vtai.providers.endpoint import WIRES, Wire
from vtai.providers.images.abilities import EditsAs
from vtai.providers.near_names import near_names

_HERE = Path(__file__).parent
_EFFORTS = Mapping[str, Mapping[str, Any]]
# Wires of other packages are for language models.
_NOT_BY_WIRE: frozenset[Capability] = frozenset({"image", "speech", "transcription", "realtime", "embedding"})


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class VendorEntry(_Table):
    """A table `[vendors.<name>]`: somebody who serves models."""

    label: str = ""
    """Name for people; absent takes the table's."""
    wire: Wire = "openai"
    """How it is spoken to: "openai" for any OpenAI-compatible URL, "litellm" for the rest, or the name of a
    wire that another package brings."""
    base_url: str | None = Field(
        default=None, pattern=r"^https?://[^\s]+$", examples=["http://127.0.0.1:8080/v1"]
    )
    """Where it answers, mostly ending in /v1."""
    base_url_variables: tuple[str, ...] = ()
    """Variables that replace `base_url`, the first one set wins."""
    key_variable: str | None = Field(
        default=None, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", examples=["WORK_API_KEY"]
    )
    """Variable that holds the key."""
    other_key_variables: tuple[str, ...] = ()
    """Further variables that are looked at."""
    needs_key: bool | None = None
    """Absent: it does when it has a `key_variable`."""
    is_local: bool = False
    """Used only once somebody set its address."""
    aliases: tuple[str, ...] = ()
    """Other names of the vendor."""
    litellm_prefix: str | None = None
    """What LiteLLM calls it; absent takes the table's name."""
    tools_wire: Wire | None = None
    """Another wire for requests with tools, at the vendor's own address."""
    max_tokens_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    """How the longest answer is asked for."""
    asks_for_usage: bool = True
    """Whether token counts have to be asked for, with `stream_options`."""
    end_mark: str | None = None
    """What stands in the raw stream only where an answer ends, for a vendor of whom LiteLLM does not tell."""
    efforts: _EFFORTS = {}
    """What each reasoning effort becomes in a request."""
    extra_body: Mapping[str, Any] = {}
    """Fields laid over every request."""
    search_body: Mapping[str, Any] = {}
    """Fields that ask a model to search the web by itself; a list is added to what the request has."""
    searches_at: Literal["chat", "responses"] = "chat"
    """The end point for such requests, at the vendor's own address: plain chat, or OpenAI's newer one."""
    has_search: bool = False
    """Whether its models that are not listed search the web by themselves."""
    hosted: frozenset[HostedTool] = Field(default=frozenset(), examples=[["code_interpreter"]])
    """Tools that it runs by itself, at OpenAI's newer end point, for its listed models that use tools."""
    hosted_body: Mapping[HostedTool, Mapping[str, Any]] = {}
    """Fields that ask for such a tool, where they are not OpenAI's; a list is added to the request's own."""
    vector_stores: tuple[str, ...] = Field(default=(), examples=[["vs_abc123"]])
    """What file search looks in, by the vendor's ids; without one it is not offered."""
    rejects: frozenset[str] = frozenset()
    """Parameters that are never sent."""
    context_tokens: int = Field(default=32_768, ge=256, examples=[8192])
    """Context of its models that are not listed."""
    image_side: int = Field(default=2_048, ge=256, examples=[2048])
    """Longest side, in pixels, that its models make use of in a picture."""
    edits_as: EditsAs = "form"
    """How pictures to change are sent: as files of a form, or in JSON as data URLs."""
    models: tuple[str, ...] = ()
    """Short for a list of chat models; the first one is the default."""
    defaults: Mapping[Capability, str] = {}
    """The model that serves each capability."""

    @property
    def asks_for_key(self) -> bool:
        return self.key_variable is not None if self.needs_key is None else self.needs_key


class ModelEntry(_Table):
    """A table `[[models]]`: one model, by a friendly name."""

    name: str = Field(min_length=1, examples=["gpt"])
    vendor: str = Field(examples=["openai"])
    id: str = Field(min_length=1, examples=["qwen3"])
    """What the vendor calls it."""
    aliases: tuple[str, ...] = ()
    capabilities: frozenset[Capability] = Field(default=frozenset({"chat"}), examples=[["chat", "tools"]])
    context_tokens: int | None = Field(default=None, ge=256, examples=[128000])
    max_output_tokens: int | None = Field(default=None, ge=1, examples=[4096])
    input_price: float | None = Field(default=None, ge=0, examples=[0.1])
    """USD per million tokens."""
    output_price: float | None = Field(default=None, ge=0, examples=[0.5])
    """USD per million tokens."""
    deprecation_date: date | None = Field(default=None, examples=["2027-01-06"])
    """The day it stops answering."""
    rejects: frozenset[str] = frozenset()
    """Parameters that it refuses, such as "temperature"; they are not sent."""
    efforts: _EFFORTS = {}
    """What each reasoning effort becomes in a request."""
    extra_body: Mapping[str, Any] = {}
    """Fields laid over every request."""
    has_search: bool = False
    """Whether it can search the web by itself."""
    hosted: frozenset[HostedTool] | None = Field(default=None, examples=[["code_interpreter"]])
    """Tools that its vendor runs for it; absent takes the vendor's where it can use tools."""
    image_options: frozenset[str] | None = None
    """The picture options it takes; absent sends all that are set."""
    image_side: int | None = Field(default=None, ge=256, examples=[2048])
    """Longest side, in pixels, that it makes use of in a picture; absent takes the vendor's."""
    max_images: int | None = Field(default=None, ge=0, examples=[1])
    """How many pictures one change may start from; 0 changes none, absent tries."""
    takes_mask: bool | None = None
    """Whether a change can be kept to a part of the picture; absent tries."""
    partial_images: int = Field(default=0, ge=0, le=3, examples=[2])
    """How many previews it is asked to stream; vendors may charge for each."""
    aspect_ratios: tuple[str, ...] = Field(default=(), examples=[["1:1", "3:2"]])
    """What it takes in place of a size: the nearest one is sent."""
    picture_price: float | None = Field(default=None, ge=0, examples=[0.04])
    """USD per picture, where the vendor does not count tokens."""
    image_input_price: float | None = Field(default=None, ge=0, examples=[8.0])
    """USD per million input tokens that stand for pictures; absent takes `input_price`."""
    audio_input_price: float | None = Field(default=None, ge=0, examples=[32.0])
    """USD per million input tokens that stand for sound."""
    audio_output_price: float | None = Field(default=None, ge=0, examples=[64.0])
    """USD per million output tokens that stand for sound."""
    cached_input_price: float | None = Field(default=None, ge=0, examples=[0.4])
    """USD per million input tokens that a realtime model knew already; absent counts them like others."""


class Retired(_Table):
    """A table `[[retired]]`: names of before and what answers instead."""

    names: tuple[str, ...] = Field(examples=[["gpt-4*"]])
    """An asterisk stands for anything."""
    model: str = Field(examples=["gpt"])
    since: date | None = None
    """The day the old one stops answering."""

    def covers(self, name: str) -> bool:
        return any(fnmatchcase(name.lower(), pattern) for pattern in self.names)


class ModelFile(_Table):
    """A whole file."""

    order: tuple[str, ...] = ()
    """Whose default answers when several vendors could."""
    vendors: Mapping[str, VendorEntry] = {}
    models: tuple[ModelEntry, ...] = ()
    retired: tuple[Retired, ...] = ()

    @model_validator(mode="after")
    def _names_are_known_once(self) -> ModelFile:
        names = {model.name for model in self.models}
        for model in self.models:
            if model.vendor not in self.vendors:
                raise ValueError(f"the model {model.name!r} names the unknown vendor {model.vendor!r}")
        for vendor, entry in self.vendors.items():
            if entry.wire == "openai" and entry.base_url is None:
                raise ValueError(f"vendors.{vendor} has no base_url, such as http://127.0.0.1:8080/v1")
            if entry.hosted and entry.wire != "openai":
                raise ValueError(f'vendors.{vendor}.hosted needs wire = "openai"')
            for capability, name in entry.defaults.items():
                if name not in names:
                    raise ValueError(f"vendors.{vendor}.defaults.{capability} names no model: {name!r}")
        for old in self.retired:
            if old.model not in names:
                raise ValueError(f"the retired name {old.names[0]!r} points to no model: {old.model!r}")
        return self

    @model_validator(mode="after")
    def _other_wires_are_for_chat(self) -> ModelFile:
        for model in self.models:
            wire = self.vendors[model.vendor].wire
            if wire not in WIRES and (unable := _NOT_BY_WIRE & model.capabilities):
                raise ValueError(
                    f"the model {model.name!r}: the wire {wire!r} is for language models, not {min(unable)}"
                )
        return self


def read(config_dir: Path) -> ModelFile:
    """The shipped file with `<config_dir>/models.toml` over it, and every vendor that LiteLLM knows.

    Raises SettingsError naming the file, the key, the reason and a value that works.
    """
    merged = dict(model_layers.shipped(_HERE / "models.toml"))
    own = config_dir / "models.toml"
    if own.is_file():
        merged = model_layers.merged(merged, model_layers.shaped(model_layers.parsed(own), own))
    merged["vendors"] = dict(merged["vendors"])
    known_aliases = {alias for vendor in merged["vendors"].values() for alias in vendor.get("aliases", ())}
    for name, vendor in _litellm_vendors().items():
        if name not in known_aliases:
            merged["vendors"].setdefault(name, vendor)
    try:
        return ModelFile.model_validate(merged)
    except ValidationError as error:
        raise _explained(error, own, merged) from error


def check_wires(config_dir: Path, vendors: Mapping[str, VendorEntry], wires: Collection[str]) -> None:
    """Raises SettingsError where a vendor is to be spoken to in a way that is not among `wires`."""
    for name, vendor in vendors.items():
        for key, wire in (("wire", vendor.wire), ("tools_wire", vendor.tools_wire)):
            if wire is not None and wire not in wires:
                raise SettingsError(
                    f"{config_dir / 'models.toml'}: vendors.{name}.{key}: there is no wire {wire!r}.",
                    f"Installed: {', '.join(sorted(wires))}. Another one comes with its package.",
                )


def service_variables() -> Mapping[str, str]:
    """Services that are not for models and the variable of their key."""
    services: Mapping[str, str] = model_layers.shipped(_HERE / "vendors.toml")["services"]
    return services


def _litellm_vendors() -> dict[str, dict[str, Any]]:
    data = model_layers.shipped(_HERE / "vendors.toml")
    keyless, others = set(data["keyless"]["vendors"]), data["other_key_variables"]
    return {
        name: {
            "wire": "litellm",
            "key_variable": variable,
            "other_key_variables": others.get(name, ()),
            "needs_key": name not in keyless,
        }
        for name, variable in data["key_variables"].items()
    }


def _explained(error: ValidationError, path: Path, merged: Mapping[str, Any]) -> SettingsError:
    first = error.errors(include_url=False, include_input=False)[0]
    loc = [str(part) for part in first["loc"]]
    table = _TABLES.get(loc[0] if loc else "", ModelFile)
    depth = 0 if table is ModelFile else 2
    key = loc[depth] if len(loc) > depth else ""
    if table is ModelEntry:
        # The index is one of both files together; people know their models by name.
        loc[1] = str(merged["models"][int(loc[1])]["name"])
    where = f"{path}: {'.'.join(loc)}" if loc else str(path)
    if first["type"] == "extra_forbidden":
        near = near_names(key, table.model_fields)
        known = ", ".join(near or table.model_fields)
        return SettingsError(f"{where}: there is no such key.", f"A key that works: {known}.")
    field = table.model_fields.get(key)
    works = f"{key} = {json.dumps(field.examples[0])}" if field and field.examples else _A_VENDOR
    return SettingsError(
        f"{where}: {first['msg'].removeprefix('Value error, ')}.", f"A value that works: {works}"
    )


_TABLES: Mapping[str, type[_Table]] = {"vendors": VendorEntry, "models": ModelEntry, "retired": Retired}
_A_VENDOR = '[vendors.work] base_url = "http://127.0.0.1:8080/v1" models = ["qwen3"]'
