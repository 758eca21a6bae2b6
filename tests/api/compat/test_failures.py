"""Errors raise the exceptions that OpenAI's client has for them, in our words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.compat.conftest import KEY, client_of, hello
from tests.cli.conftest import FakeHandler
from vtai.core import errors
from vtai.core.people import LOCAL, Caller, Person

if TYPE_CHECKING:
    from openai import AsyncOpenAI

    from tests.api.compat.conftest import Rig


@pytest.mark.parametrize(
    ("error", "expected", "status", "code"),
    [
        (errors.UnknownName("No.", "Choose."), "NotFoundError", 404, "model_not_found"),
        (errors.ModelGone("No.", "Choose."), "NotFoundError", 404, "model_not_found"),
        (errors.NotConfigured("No.", "Set."), "NotFoundError", 404, "model_not_available"),
        (errors.MissingKey("No.", "Set."), "NotFoundError", 404, "model_not_available"),
        (errors.ContextTooLong("No.", "Cut."), "BadRequestError", 400, "context_length_exceeded"),
        (errors.ContentRefused("No.", "Say."), "BadRequestError", 400, "content_policy_violation"),
        (errors.BadRequest("No.", "Say."), "BadRequestError", 400, None),
        (errors.BadAttachment("No.", "Send."), "BadRequestError", 400, None),
        (errors.RateLimited("No.", "Wait.", 3.0), "RateLimitError", 429, "rate_limit_exceeded"),
        (errors.LimitReached("No.", "Wait.", 3.0), "RateLimitError", 429, "rate_limit_exceeded"),
        (errors.QuotaExhausted("No.", "Pay."), "RateLimitError", 429, "insufficient_quota"),
        (errors.BadKey("No.", "Set."), "InternalServerError", 502, "vendor_refused_key"),
        (errors.Unreachable("No.", "Wait."), "InternalServerError", 502, "vendor_unreachable"),
        (errors.VendorDown("No.", "Wait.", 3.0), "InternalServerError", 503, "vendor_down"),
        (errors.NotReady("No.", "Wait."), "InternalServerError", 503, "not_ready"),
        (errors.Busy("No.", "Wait."), "InternalServerError", 503, "busy"),
        (errors.TimedOut("No.", "Wait."), "InternalServerError", 504, "vendor_timed_out"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, errors.VTError) else "",
)
async def test_each_failure_has_its_exception(
    client: AsyncOpenAI, rig: Rig, error: errors.VTError, expected: str, status: int, code: str | None
) -> None:
    import openai

    rig.models.scripts = [[error]]
    with pytest.raises(getattr(openai, expected)) as caught:
        await client.chat.completions.create(model="able", messages=hello())
    raised: Any = caught.value
    assert (raised.status_code, raised.code) == (status, code)
    assert raised.body["message"] == f"{error.message} {error.hint}"
    assert rig.spent[0].outcome == "failed"
    if getattr(error, "retry_after_s", None):
        assert raised.response.headers["retry-after"] == "3"


async def test_what_trying_again_does_not_mend_is_not_tried_again(rig: Rig) -> None:
    import openai

    rig.models.scripts = [
        [errors.QuotaExhausted("No credit.", "Pay.")],
        [errors.VendorDown("Down.", "Wait.", 0.1)],
    ]
    async with client_of(rig) as client:
        patient = client.with_options(max_retries=1)
        with pytest.raises(openai.RateLimitError):
            await patient.chat.completions.create(model="able", messages=hello())
        assert len(rig.models.requests) == 1


async def test_our_own_failure_has_a_reference_and_no_insides(rig: Rig) -> None:
    import openai

    handler = FakeHandler("text", [RuntimeError("secret path")])
    async with client_of(rig, rig.app([handler])) as client:
        with pytest.raises(openai.InternalServerError, match="reference") as caught:
            await client.chat.completions.create(model="auto", messages=hello())
    assert caught.value.status_code == 500
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("caller", "expected"),
    [
        pytest.param(None, "AuthenticationError", id="nobody"),
        pytest.param(replace(KEY, key_scopes=frozenset({"read"})), "PermissionDeniedError", id="reading key"),
        pytest.param(Caller(Person("p", "p", "guest")), "PermissionDeniedError", id="guest"),
        pytest.param(Caller(replace(LOCAL, is_suspended=True)), "PermissionDeniedError", id="suspended"),
    ],
)
async def test_who_may_not_ask_models_is_refused_everywhere(
    client: AsyncOpenAI, rig: Rig, caller: Caller | None, expected: str
) -> None:
    import openai

    rig.caller = caller
    refusal = getattr(openai, expected)
    with pytest.raises(refusal):
        await client.chat.completions.create(model="auto", messages=hello())
    with pytest.raises(refusal):
        await client.embeddings.create(model="auto", input="a")
    with pytest.raises(refusal):
        await client.audio.speech.create(model="auto", input="a", voice="alloy")
    with pytest.raises(refusal):
        await client.audio.transcriptions.create(model="auto", file=("a.wav", b"RIFF"))
    with pytest.raises(refusal):
        await client.images.generate(prompt="a")
    assert rig.models.requests == []


async def test_a_reading_key_may_list_models(client: AsyncOpenAI, rig: Rig) -> None:
    rig.caller = replace(KEY, key_scopes=frozenset({"read"}))
    assert (await client.models.list()).data
    rig.caller = replace(KEY, key_scopes=frozenset({"chat"}))
    import openai

    with pytest.raises(openai.PermissionDeniedError):
        await client.models.list()


def user(*content: dict[str, Any]) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": list(content)}]}


def linked(url: str) -> dict[str, Any]:
    return user({"type": "image_url", "image_url": {"url": url}})


WRONG: dict[str, tuple[dict[str, Any], str | None, str]] = {
    "no model": ({"model": None}, "model", "wrong"),
    "no messages": ({"messages": []}, "messages", "wrong"),
    "role": ({"messages": [{"role": "wizard", "content": "a"}]}, "messages.0.role", "wrong"),
    "system only": ({"messages": [{"role": "system", "content": "a"}]}, "messages", "no message"),
    "own last": ({"messages": [*hello(), {"role": "assistant", "content": "a"}]}, "messages", "last"),
    "n": ({"n": 2}, "n", "n is 1"),
    "logprobs": ({"logprobs": True}, "logprobs", "Probabilities"),
    "functions": ({"functions": [{}]}, "functions", "tools"),
    "modalities": ({"modalities": ["text", "audio"]}, "modalities", "text"),
    "temperature": ({"temperature": 3}, "temperature", "less than or equal to 2"),
    "stops": ({"stop": ["a"] * 5}, "stop", "at most 4"),
    "format": ({"response_format": {"type": "xml"}}, "response_format.type", "format"),
    "no schema": ({"response_format": {"type": "json_schema"}}, "response_format.json_schema", "schema"),
    "choice without tools": ({"tool_choice": "required"}, "tool_choice", "choice"),
    "unknown tool": ({"tool_choice": {"function": {"name": "x"}}}, "tool_choice", "choice"),
    "part": (user({"type": "video"}), "messages.0.content.0", "video"),
    "file id": (user({"type": "file", "file": {"file_id": "f"}}), "messages.0.content.0.file", "under an id"),
    "no base64": (linked("data:image/png;base64,%%"), "messages.0.content.0.image_url", "base64"),
    "no picture": (linked("data:text/plain;base64,aGk="), "messages.0.content.0.image_url", "no picture"),
    "address inside": (linked("http://127.0.0.1/a.png"), None, "open internet"),
}


@pytest.mark.parametrize(("body", "param", "words"), WRONG.values(), ids=WRONG)
async def test_a_wrong_field_is_named(
    client: AsyncOpenAI, rig: Rig, body: dict[str, Any], param: str | None, words: str
) -> None:
    import openai

    with pytest.raises(openai.BadRequestError) as caught:
        await client.chat.completions.create(model="auto", messages=hello(), extra_body=body)
    assert caught.value.param == param
    assert words in str(caught.value)
    assert rig.models.requests == []


TOOL = {"type": "function", "function": {"name": "a"}}
UNABLE: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "unknown model": ("nobody", {}, "NotFoundError", "no model"),
    "unknown route": ("auto/nowhere", {}, "NotFoundError", "auto/vision"),
    "no tools": ("plain", {"tools": [TOOL]}, "BadRequestError", "cannot call tools"),
    "format on a route": (
        "auto/speech",
        {"response_format": {"type": "json_object"}},
        "BadRequestError",
        "formats of yours",
    ),
}


@pytest.mark.parametrize(("model", "body", "expected", "words"), UNABLE.values(), ids=UNABLE)
async def test_a_model_that_cannot_is_not_replaced(
    client: AsyncOpenAI, rig: Rig, model: str, body: dict[str, Any], expected: str, words: str
) -> None:
    import openai

    with pytest.raises(getattr(openai, expected), match=words):
        await client.chat.completions.create(model=model, messages=hello(), extra_body=body)
    assert rig.models.requests == []


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"{", 400), (b"[" * 100_000, 400), (b"7", 400), (b" " * 1_400_000, 413)],
    ids=["no JSON", "nested", "a number", "too large"],
)
async def test_a_body_that_is_none_is_refused(client: AsyncOpenAI, content: bytes, status: int) -> None:
    import httpx

    async with httpx.AsyncClient() as http:
        response = await http.post(f"{client.base_url}chat/completions", content=content)
    assert response.status_code == status
    assert response.json()["error"].keys() == {"message", "type", "param", "code"}


async def test_other_addresses_are_told_to_be_missing(client: AsyncOpenAI) -> None:
    import openai

    with pytest.raises(openai.NotFoundError, match="not served here"):
        await client.moderations.create(input="a")
