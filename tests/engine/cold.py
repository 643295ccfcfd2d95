"""The plain path: mlx-lm alone, from an empty cache."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import mlx_lm

from carnice_tui.core.events import AnswerDelta, Event, ReasoningDelta, ToolCall
from carnice_tui.core.messages import Call, Message


class Plain:
    """mlx-lm's own generation on the same folder."""

    def __init__(self, folder: Path) -> None:
        self.model, self.tokenizer = mlx_lm.load(str(folder))

    def greedy(self, prompt: list[int], max_tokens: int) -> list[int]:
        """The ids `mlx_lm.stream_generate` draws greedily after `prompt`."""
        answer: Any = mlx_lm.stream_generate(
            self.model, self.tokenizer, prompt, max_tokens=max_tokens
        )
        return [response.token for response in answer]

    def prompt(self, messages: list[dict[str, Any]], **options: Any) -> list[int]:
        """The ids of the rendered template."""
        text = self.tokenizer.apply_chat_template(
            messages, add_generation_prompt=True, tokenize=False, **options
        )
        return self.tokenizer.encode(text, add_special_tokens=False)


def message_of(events: Iterable[Event]) -> Message:
    """The message that a listener puts together from the events of a turn."""
    answer, reasoning, calls = "", "", []
    for event in events:
        match event:
            case AnswerDelta(text=text):
                answer += text
            case ReasoningDelta(text=text):
                reasoning += text
            case ToolCall(id=call_id, name=name, arguments=arguments):
                calls.append(Call(call_id, name, arguments))
            case _:
                pass
    return Message("assistant", answer, reasoning=reasoning, calls=tuple(calls))
