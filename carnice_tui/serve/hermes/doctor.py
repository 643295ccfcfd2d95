"""Checks a running pair of Hermes and this server, in the order in which things can be wrong."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, cast

import httpx

from carnice_tui.serve.hermes.config import (
    MODEL,
    PROVIDER,
    config_file,
    env_file,
    key_in,
    misleading,
    read_config,
    read_text,
)

LEAST_WINDOW = 64_000
"""Tokens; under it Hermes refuses to start."""

PROBES = ("/api/v1/models", "/api/tags", "/v1/props", "/props", "/version")
"""What Hermes asks to find out whether the server is LM Studio, Ollama, llama.cpp or vLLM."""

ANSWER_SECONDS = 120.0
CLIENT_SECONDS = 60.0


@dataclass(frozen=True)
class Check:
    """One thing looked at: whether it is well, and what was found or is to be done."""

    text: str
    well: bool = True


def problem(text: str) -> Check:
    """Something that is not as it must be."""
    return Check(text, well=False)


async def check_pair(url: str, key: str) -> AsyncIterator[Check]:
    """Everything that must hold between Hermes and the server at `url` (…/v1), which asks for
    `key` ("" for none)."""
    yield await _program()
    for check in _configuration(url, key):
        yield check
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    async with httpx.AsyncClient(
        headers=headers, timeout=ANSWER_SECONDS, trust_env=False
    ) as client:
        try:
            listed = await client.get(f"{url}/models")
        except httpx.HTTPError as error:
            yield problem(
                f"Nothing answers at {url} ({type(error).__name__}): start carnice-chat serve.",
            )
            return
        for check in _models(listed):
            yield check
        if listed.is_success:
            yield await _probes(client, url)
            yield await _answer(client, url)


async def _program() -> Check:
    found = shutil.which("hermes")
    if found is None:
        return problem("hermes is not on the PATH: pip install hermes-agent.")
    process = await asyncio.create_subprocess_exec(
        found,
        "--version",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(CLIENT_SECONDS):
            said, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        return problem(f"{found} --version did not end within {CLIENT_SECONDS:.0f} s.")
    lines = said.decode("utf-8", "replace").splitlines()
    return Check(lines[0] if lines else "hermes said nothing.", well=process.returncode == 0)


def _configuration(url: str, key: str) -> list[Check]:
    text = read_text(config_file())
    config = read_config(text)
    entry = _mapping(_mapping(config.get("providers")).get(PROVIDER))
    if not entry:
        return [problem(f"{config_file()} does not know the server: carnice-chat hermes setup.")]
    configured = str(entry.get("base_url") or entry.get("url") or entry.get("api") or "")
    checks = [
        Check(f"Hermes asks {configured}; the server is {url}.", configured.rstrip("/") == url)
    ]
    default = _mapping(config.get("model")).get("provider")
    checks.append(Check(f"Its default provider is {default or 'not set'}.", default == PROVIDER))
    if strays := misleading(text):
        names = ", ".join(f"model.{name}" for name in strays)
        checks.append(problem(f"{names} in {config_file()} may point it elsewhere: remove."))
    if key:
        same = key_in(read_text(env_file())) == key or entry.get("api_key") == key
        mend = f"Its key in {env_file()} is not the server's: carnice-chat hermes setup --write."
        checks.append(Check("It has the server's key." if same else mend, same))
    return checks


def _models(listed: httpx.Response) -> list[Check]:
    if listed.status_code == 401:
        return [problem("The server refuses the key: it was started with another one.")]
    if not listed.is_success:
        return [problem(f"/v1/models is answered with status {listed.status_code}.")]
    window = _mapping(_first(listed.json(), "data")).get("context_length")
    if not isinstance(window, int):
        return [problem("The server does not say its context length: Hermes assumes 256k.")]
    well = window >= LEAST_WINDOW
    advice = "" if well else f": Hermes refuses to start under {LEAST_WINDOW:,}"
    return [Check(f"The context window is {window:,} tokens{advice}.", well)]


async def _probes(client: httpx.AsyncClient, url: str) -> Check:
    root = url.removesuffix("/v1")
    taken = [path for path in PROBES if (await client.get(root + path)).status_code != 404]
    if taken:
        return problem(f"Hermes will take the server for another kind: {', '.join(taken)}.")
    return Check("Probes for other kinds of server are answered with 404.")


async def _answer(client: httpx.AsyncClient, url: str) -> Check:
    """One short answer with thinking off, as Hermes says it."""
    body = {
        "model": MODEL,
        "messages": [{"role": "user", "content": "Say hello."}],
        "max_tokens": 64,
        "think": False,
        "reasoning_effort": "none",
    }
    try:
        answer = await client.post(f"{url}/chat/completions", json=body)
    except httpx.HTTPError as error:
        return problem(f"A chat completion failed: {type(error).__name__}.")
    if not answer.is_success:
        return problem(f"A chat completion was refused: {answer.text[:200]}")
    usage = _mapping(answer.json().get("usage"))
    thought = _mapping(usage.get("completion_tokens_details")).get("reasoning_tokens", 0)
    spoken = usage.get("completion_tokens", 0)
    text = f"An answer of {spoken} tokens, {thought} of them thinking, with thinking off."
    return Check(text, not thought and bool(spoken))


def _mapping(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _first(value: object, key: str) -> object:
    found = _mapping(value).get(key)
    return cast("list[object]", found)[0] if isinstance(found, list) and found else None
