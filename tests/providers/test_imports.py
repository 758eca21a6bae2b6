"""What answering without LiteLLM loads, seen in a fresh interpreter."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.standins.remote import RemoteFast

pytestmark = pytest.mark.slow

_ANSWER = """
import asyncio, json, sys, tempfile
from pathlib import Path
from tests.fakes import FakeFetcher, FakePictures
from vtai.core.messages import Message
from vtai.core.ports import ModelRequest
from vtai.providers import model_file
from vtai.providers.catalogue import TomlCatalogue
from vtai.providers.fallback import FallbackModels
from vtai.providers.images.vendor import VendorImages
from vtai.providers.keys import KeyRing
from vtai.providers.litellm_models import LiteLLMModels
from vtai.providers.openai_wire import OpenAIWire
from vtai.providers.retry import RetryingModels
from vtai.providers.vendor_models import VendorModels

async def main():
    folder = Path(tempfile.mkdtemp())
    before = set(sys.modules)
    file = model_file.read(folder)
    keys = KeyRing.load(folder, {"OLLAMA_API_BASE": sys.argv[1]}, file.vendors)
    models = TomlCatalogue(file, keys, lambda: False)
    wires = {"openai": OpenAIWire(models.endpoint), "litellm": LiteLLMModels(models.endpoint)}
    client = FallbackModels(RetryingModels(VendorModels(wires, models)), models, ())
    VendorImages(models, FakePictures(), FakeFetcher())
    request = ModelRequest(models.resolve("ollama:qwen3"), (Message("user", "hello"),))
    text = "".join([event.text async for event in client.stream(request) if hasattr(event, "text")])
    await wires["openai"].aclose()
    heavy = {"litellm", "openai", "chainlit", "semantic_router", "aiohttp"} & set(sys.modules)
    early = {"httpx", "tenacity"} & before
    print(json.dumps({"text": text, "heavy": sorted(heavy), "early": sorted(early)}))

asyncio.run(main())
"""


def test_an_answer_over_the_lean_wire_loads_no_sdk(remote_vendor: RemoteFast) -> None:
    remote_vendor.script(text="Hello there.")
    command = [sys.executable, "-W", "error", "-c", _ANSWER, remote_vendor.url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"text": "Hello there.", "heavy": [], "early": []}
