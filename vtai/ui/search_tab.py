"""The settings panel's tab for searching the web. The countries are in countries.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from vtai.core.ports import Catalogue
from vtai.core.turn import SearchOptions
from vtai.core.web import SafeSearch, TimeRange
from vtai.ui import inputs
from vtai.ui.inputs import Absent

_DEPTHS = {"low": "Low", "medium": "Medium", "high": "High"}
_TIMES = {"day": "Past day", "week": "Past week", "month": "Past month", "year": "Past year"}
_SAFETY = {"off": "Off", "moderate": "Moderate", "strict": "Strict"}


class SearchValues(BaseModel):
    """The tab's values as the browser sends them. What is missing keeps its default."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    search_summarise: bool = True
    search_model: Annotated[Annotated[str, Field(max_length=200)] | None, Absent] = None
    search_depth: Literal["low", "medium", "high"] = "medium"
    search_links: bool = True
    search_results: int = Field(default=5, ge=1, le=20)
    search_time_range: Annotated[TimeRange | None, Absent] = None
    search_region: Annotated[Annotated[str, Field(pattern="^[a-z]{2}$")] | None, Absent] = None
    search_safe: SafeSearch = "moderate"
    search_own: bool = False
    search_budget_s: Annotated[Annotated[float, Field(ge=10, le=3600)] | None, Absent] = None
    search_budget_usd: Annotated[Annotated[float, Field(gt=0, le=100)] | None, Absent] = None


def options_of(values: SearchValues, before: SearchOptions) -> SearchOptions:
    """The options that the tab's values mean."""
    standard = SearchOptions()
    return replace(
        before,
        summarise=values.search_summarise,
        model=values.search_model,
        depth=values.search_depth,
        include_links=values.search_links,
        max_results=values.search_results,
        time_range=values.search_time_range,
        region=values.search_region,
        safe_search=values.search_safe,
        uses_own_search=values.search_own,
        budget_s=standard.budget_s if values.search_budget_s is None else values.search_budget_s,
        budget_usd=standard.budget_usd if values.search_budget_usd is None else values.search_budget_usd,
    )


def fields(catalogue: Catalogue, now: SearchOptions) -> Iterable[dict[str, Any]]:
    """The tab's inputs, showing the options as they are now."""
    names = [model.name for model in catalogue.available("chat")]
    if now.model is not None and now.model not in names:
        names.append(now.model)
    yield inputs.switch("search_summarise", "Summarise", now.summarise, "Off: the results alone, as cards.")
    yield inputs.choice(
        "search_model", "Model", names, now.model, "Writes the answer from the pages.", "As the chat"
    )
    yield inputs.switch(
        "search_own",
        "The model searches itself",
        now.uses_own_search,
        "Where the model that answers can; pages and numbers are then its own.",
    )
    yield inputs.choice(
        "search_depth", "Depth", _DEPTHS, now.depth, "How many pages are read, and how much of each.", None
    )
    yield inputs.switch("search_links", "Name the sources", now.include_links, "Numbers in the answer, too.")
    yield inputs.slider("search_results", "Results a search", now.max_results, 1, 20, 1)
    yield inputs.choice("search_time_range", "How old", _TIMES, now.time_range, default="Any time")
    yield inputs.choice("search_region", "Region", _regions(now.region), now.region, default="Anywhere")
    yield inputs.choice("search_safe", "Safe search", _SAFETY, now.safe_search, default=None)
    yield inputs.text("search_budget_s", "Research: seconds", _number(now.budget_s), "10 to 3600.", "120")
    yield inputs.text(
        "search_budget_usd", "Research: US dollars", _number(now.budget_usd), "Above 0, up to 100.", "0.5"
    )


def _regions(chosen: str | None) -> Mapping[str, str]:
    """The countries, and the chosen one where the operator's settings name another."""
    known = countries()
    return known if chosen is None or chosen in known else {**known, chosen: chosen.upper()}


@cache
def countries() -> Mapping[str, str]:
    """ISO 3166 codes in small letters, and names."""
    text = resources.files(__package__).joinpath("countries.toml").read_text("utf-8")
    return {code: str(name) for code, name in tomllib.loads(text).items()}


def _number(value: float) -> str:
    """120.0 as 120."""
    return f"{value:g}"
