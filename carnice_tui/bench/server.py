"""A server elsewhere that speaks OpenAI's API (llama.cpp's, mlx_lm.server), as a baseline."""

import time
from collections.abc import Sequence
from typing import Any

import msgspec

from carnice_tui.bench.results import BenchError, WindowFull
from carnice_tui.bench.samples import Sample, decode_tps, gaps_of
from carnice_tui.bench.subjects import Clock
from carnice_tui.core.messages import Message, ThinkingMode
from carnice_tui.engine.remote.problems import Refusal, message_in

READ_SECONDS = 600.0
"""A long prompt on a slow machine takes minutes to its first token."""


class ServerSubject:
    """What answers at `url` (…/v1). Tokens are those its usage states, else its portions."""

    def __init__(self, url: str, model: str = "", clock: Clock = time.perf_counter) -> None:
        self._url = url.rstrip("/").removesuffix("/chat/completions")
        self.model = model
        self._clock = clock
        self.by = self._url

    async def start(self) -> None:
        """See `Subject.start`.

        Raises:
            BenchError: nothing answers there.
        """
        import httpx

        try:
            async with httpx.AsyncClient() as client:
                found = await client.get(f"{self._url}/models")
                found.raise_for_status()
                if not self.model:
                    self.model = str(found.json()["data"][0]["id"])
        except (httpx.HTTPError, ValueError, KeyError, IndexError, TypeError) as error:
            raise BenchError(
                f"No OpenAI-compatible server answers at {self._url}: {error}. "
                "Start it, and name its address up to and with /v1."
            ) from error

    async def ask(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        thinking: ThinkingMode = "off",
        thinking_budget: int | None = None,  # noqa: ARG002 - as of any subject
    ) -> Sample:
        """See `Subject.ask`.

        Raises:
            WindowFull: the server refused the conversation as too long.
            BenchError: the server refused or broke off.
        """
        import httpx

        body: dict[str, Any] = {
            "model": self.model,
            "messages": [{"role": m.role, "content": m.content} for m in messages],
            "max_tokens": max_tokens,
            "temperature": 0,
            "stream": True,
            "stream_options": {"include_usage": True},
            "chat_template_kwargs": {"enable_thinking": thinking != "off"},
        }
        begun = self._clock()
        times: list[float] = []
        text: list[str] = []
        usage = _Usage()
        try:
            async with (
                httpx.AsyncClient(timeout=httpx.Timeout(10, read=READ_SECONDS)) as client,
                client.stream("POST", f"{self._url}/chat/completions", json=body) as response,
            ):
                if response.is_error:
                    refusal = Refusal(response.status_code, message_in(await response.aread()))
                    if refusal.is_overflow:
                        raise WindowFull(f"The server at {self._url} refused: {refusal.text}")
                    response.raise_for_status()
                async for line in response.aiter_lines():
                    portion, used = _portion(line)
                    usage = used or usage
                    if portion is not None:
                        times.append(self._clock())
                        text.append(portion)
        except httpx.HTTPError as error:
            raise BenchError(f"The server at {self._url} did not answer: {error}.") from error
        end = self._clock()
        tokens = usage.completion_tokens or len(times)
        first, last = (times[0], times[-1]) if times else (end, end)
        return Sample(
            wall=end - begun,
            first=first - begun,
            tokens=tokens,
            decode_tps=decode_tps(tokens, first, last),
            text="".join(text),
            prompt_tokens=usage.prompt_tokens,
            gaps=gaps_of([(when, 1) for when in times]),
        )

    async def close(self) -> None:
        """Nothing is held."""


class _Delta(msgspec.Struct):
    content: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None


class _Choice(msgspec.Struct):
    delta: _Delta = msgspec.field(default_factory=_Delta)


class _Usage(msgspec.Struct):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class _Chunk(msgspec.Struct):
    choices: list[_Choice] = []
    usage: _Usage | None = None


def _portion(line: str) -> tuple[str | None, _Usage | None]:
    """The text of a server-sent event (None: it carries none) and the usage, if it has one."""
    if not line.startswith("data:"):
        return None, None
    try:
        chunk = msgspec.json.decode(line.removeprefix("data:").strip(), type=_Chunk)
    except msgspec.MsgspecError:
        return None, None  # [DONE], or nothing of ours
    delta = chunk.choices[0].delta if chunk.choices else _Delta()
    return delta.content or delta.reasoning_content or delta.reasoning or None, chunk.usage
