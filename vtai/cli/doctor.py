"""`vtai doctor`: what works, what does not, and the fix for each."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from vtai.cli import doctor_hosting, doctor_kept, live, running
from vtai.cli.findings import Finding
from vtai.cli.models import need
from vtai.core.errors import VTError
from vtai.wiring.storing import FILES, STORE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vtai.cli.live import Answer
    from vtai.cli.parts import Parts
    from vtai.core.turn import Capability
    from vtai.settings import Loaded, Settings
    from vtai.wiring import App

_READY_WITHIN_S = 90.0
# Looked at, and not opened: that would bring tables up to date.
_LOOKED_AT = frozenset({STORE, FILES})


def check(parts: Parts) -> bool:
    """Prints a line for every part; False when VT.ai cannot answer a message."""
    try:
        loaded = running.load()
        app = parts.build(loaded)
    except VTError as error:
        parts.terminal.line(str(Finding("bad", "settings", error.message, error.hint)))
        return False
    is_fit = True
    for finding in running.finish(_findings(app)):
        is_fit = is_fit and not (finding.is_vital and finding.state == "bad")
        parts.terminal.line(str(finding))
    return is_fit


async def _findings(app: App) -> list[Finding]:
    try:
        app.warm_ups = {part: warm for part, warm in app.warm_ups.items() if part not in _LOOKED_AT}
        await app.start()
        answers = await _asked(app)
        return [
            *_places(app.loaded),
            *_keys(app, answers),
            *_main_model(app, answers),
            *_models(app),
            *[await _part(app, part) for part in app.warm_ups],
            *await asyncio.to_thread(_weights, app.loaded),
            *_senses(app),
            _search(app, app.loaded.settings),
            await _sandbox(app),
            *await doctor_kept.findings(app.loaded),
            *await doctor_hosting.findings(app),
        ]
    finally:
        await app.close()


def _places(loaded: Loaded) -> Iterator[Finding]:
    changed = sorted(name for name, origin in loaded.origins.items() if origin != "default")
    listed = f"{', '.join(changed)} set" if changed else "all at their defaults"
    yield Finding("good", "settings", f"{listed}; folder {loaded.config_dir}")
    nearest = next(path for path in (loaded.data_dir, *loaded.data_dir.parents) if path.exists())
    if not (nearest.is_dir() and os.access(nearest, os.W_OK)):
        fix = "Make it writable, or name another folder in VT_DATA_DIR."
        yield Finding("bad", "data folder", f"{loaded.data_dir} cannot be written", fix, is_vital=True)
        return
    free_mb = shutil.disk_usage(nearest).free // 1_000_000
    yield Finding("good", "data folder", f"{loaded.data_dir}, {free_mb} MB free")


async def _asked(app: App) -> dict[str, Answer]:
    """What each vendor answers that is set up; all are asked at once."""
    from vtai.providers.http_client import HttpClient

    http = HttpClient(live.TIMEOUT_S)
    try:
        client = await http.get()
        vendors = [vendor for vendor in _listed(app) if _is_remote(app, vendor)]
        endpoints = [app.catalogue.endpoint(app.catalogue.resolve(f"{vendor}/any")) for vendor in vendors]
        answers = await asyncio.gather(
            *(live.ask(client, live.question_for(endpoint), endpoint.key_variable) for endpoint in endpoints)
        )
        return dict(zip(vendors, answers, strict=True))
    finally:
        await http.aclose()


def _listed(app: App) -> Sequence[str]:
    """The vendors to report on: those with models in the catalogue, and others whose key is set."""
    vendors = app.catalogue.vendors
    shown = dict.fromkeys(model.vendor for model in app.catalogue.models)
    variables = {vendors[vendor].key_variable for vendor in shown}
    for vendor, entry in vendors.items():
        # Several of the others are one vendor under another name, with the same key.
        is_keyed = _has_key(app, vendor) and entry.key_variable not in variables
        if is_keyed or entry.is_local or entry.defaults:
            shown.setdefault(vendor)
            variables.add(entry.key_variable)
    return list(shown)


def _is_remote(app: App, vendor: str) -> bool:
    return app.catalogue.is_configured(vendor) and app.catalogue.vendors[vendor].wire != "embedded"


def _keys(app: App, answers: dict[str, Answer]) -> Iterator[Finding]:
    for vendor in _listed(app):
        entry = app.catalogue.vendors[vendor]
        if entry.wire == "embedded":
            continue
        missing = need(app.catalogue, vendor)
        if missing is not None:
            what = "no key" if entry.asks_for_key else "no address"
            fix = f"vtai --api-key {vendor}=KEY, or {missing}" if entry.asks_for_key else f"set {missing}"
            yield Finding("off", vendor, what, fix)
            continue
        answer = answers[vendor]
        key = (
            f"key {app.keys.masked(vendor)} from {app.keys.origin(vendor)}; " if _has_key(app, vendor) else ""
        )
        state: Literal["good", "bad", "off"] = "bad" if answer.verdict == "no" else "good"
        yield Finding(state, vendor, key + answer.text, answer.fix)


def _has_key(app: App, vendor: str) -> bool:
    return app.catalogue.vendors[vendor].key_variable is not None and app.keys.get(vendor) is not None


def _main_model(app: App, answers: dict[str, Answer]) -> Iterator[Finding]:
    """Whether the model that answers by default can do so."""
    try:
        model = app.catalogue.choose("chat", app.loaded.settings.default_model)
    except VTError as error:
        yield Finding("bad", "default model", error.message, error.hint, is_vital=True)
        return
    missing = need(app.catalogue, model.vendor)
    answer = answers.get(model.vendor)
    if missing is not None:
        fix = f"Set {missing}, or choose another model in default_model."
        yield Finding("bad", "default model", f"{model.name} is not set up", fix, is_vital=True)
    elif answer is not None and answer.verdict == "no":
        yield Finding("bad", "default model", f"{model.name}: {answer.text}", answer.fix, is_vital=True)
    else:
        yield Finding("good", "default model", f"{model.name} ({model.vendor})")


def _models(app: App) -> Iterator[Finding]:
    settings = app.loaded.settings
    wanted: dict[Capability, str | None] = {
        "reasoning": settings.reasoning_model,
        "vision": settings.vision_model,
        "tools": settings.assistant_model,
        "image": settings.image_model,
    }
    for capability, name in wanted.items():
        try:
            model = app.catalogue.choose(capability, name)
        except VTError as error:
            yield Finding("off", capability, error.message, error.hint)
        else:
            yield Finding("good", capability, model.name)


async def _part(app: App, part: str) -> Finding:
    """Whether a part that is warmed up at start comes up."""
    try:
        await app.readiness.wait(part, _READY_WITHIN_S)
    except VTError as error:
        return Finding("bad", part, error.message, error.hint, is_vital=True)
    return Finding("good", part, "ready")


def _weights(loaded: Loaded) -> list[Finding]:
    from vtai.providers.embedded import weights

    findings = []
    for name, model in weights.shipped().items():
        state = weights.state(loaded.data_dir, model)
        if state == "present":
            findings.append(Finding("good", f"weights of {name}", f"{model.size_bytes // 1_000_000} MB"))
        else:
            said = "missing" if state == "missing" else "not the right file"
            findings.append(Finding("off", f"weights of {name}", said, weights.FETCH_COMMAND))
    return findings


def _senses(app: App) -> Iterator[Finding]:
    """Speaking and listening: a vendor's, else the packaged ones."""
    settings = app.loaded.settings
    senses: tuple[tuple[str, Capability, str | None, str], ...] = (
        ("speech", "speech", settings.speech_model, "espeakng_loader"),
        ("listening", "transcription", settings.transcription_model, "moonshine_voice"),
    )
    for subject, capability, wanted, package in senses:
        try:
            yield Finding("good", subject, app.catalogue.choose(capability, wanted).name)
        except VTError as error:
            if settings.embedded and importlib.util.find_spec(package):
                yield Finding("good", subject, "built in")
            else:
                yield Finding("off", subject, error.message, error.hint)


async def _sandbox(app: App) -> Finding:
    if app.assistance is None:
        return Finding("off", "sandbox", "there is none here")
    report = await app.assistance.sandbox.report()
    if report.is_usable:
        level = f", level {report.level}" if report.level else ""
        return Finding("good", "sandbox", f"{report.engine}, {report.strength}{level}")
    fix = report.fix or "`vtai sandbox check` tells more."
    return Finding("off", "sandbox", f"no code is run: {report.reason or 'none is safe here'}", fix)


def _search(app: App, settings: Settings) -> Finding:
    if app.keys.get("tavily") is not None:
        return Finding(
            "good", "search", f"Tavily, key {app.keys.masked('tavily')} from {app.keys.origin('tavily')}"
        )
    if settings.searxng_url:
        return Finding("good", "search", "SearXNG")
    return Finding(
        "good", "search", "Tavily without a key, with few searches", "For more: vtai --api-key tavily=KEY"
    )
