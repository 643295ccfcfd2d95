"""The chat template: messages to text, text to ids, and what the template can do."""

import json
from collections.abc import Sequence
from typing import Any

from carnice_tui.core.errors import CarniceError
from carnice_tui.core.messages import Message
from carnice_tui.core.requests import Tool
from carnice_tui.engine.worker.detokenizer import DetokenizerFactory
from carnice_tui.engine.worker.mlxlm import Tokenizer
from carnice_tui.engine.worker.pieces import PieceEncoder


class TemplateError(CarniceError):
    """The model's chat template does not take this conversation."""


class ChatTemplate:
    """A tokenizer and its chat template, asked the same way whatever the model."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer
        self._pieces = PieceEncoder(tokenizer)
        self.detokenizers = DetokenizerFactory(tokenizer)
        self.eos_ids: frozenset[int] = frozenset(tokenizer.eos_token_ids)
        self.think_start, self.think_end = self._single_token_thinking()
        self.tool_start, self.tool_end = self._single_token_tools()
        self.has_thinking = self.think_end is not None
        self.has_tools = self.tool_end is not None
        self.close_think_ids = self.encode("\n</think>\n\n") if self.has_thinking else []
        self.preserves_thinking = self.has_thinking and self.is_append_only(preserve=True)

    def encode(self, text: str) -> list[int]:
        """Ids of `text`, special tokens in it recognised, none added."""
        return self._pieces.encode(text)

    def render(
        self,
        messages: Sequence[Message],
        tools: Sequence[Tool] = (),
        *,
        thinking: bool,
        preserve: bool,
        answer_next: bool = True,
    ) -> str:
        """The prompt as text. `answer_next` adds the opening of the assistant's message.

        Raises:
            TemplateError: the template refuses the messages, and says why.
        """
        try:
            text = self.tokenizer.apply_chat_template(
                [_as_dict(message) for message in messages],
                tools=[_tool_dict(tool) for tool in tools] or None,
                add_generation_prompt=answer_next,
                tokenize=False,
                enable_thinking=thinking,
                preserve_thinking=preserve,
            )
        except Exception as error:
            raise TemplateError(
                f"The model's chat template refused the conversation: {error}"
            ) from error
        return str(text)

    def is_append_only(self, *, preserve: bool) -> bool:
        """Whether the next prompt begins with this prompt and the answer, thinking included.

        Asked by trying: a two-turn conversation is rendered and compared.
        """
        question = [Message("user", "q1")]
        answered = [*question, Message("assistant", "a1", reasoning="r1"), Message("user", "q2")]
        try:
            first = self.render(question, thinking=True, preserve=preserve)
            second = self.render(answered, thinking=True, preserve=preserve)
        except TemplateError:
            return False
        said = "r1\n</think>\n\na1" if self.has_thinking else "a1"
        return second.startswith(first + said)

    def _single_token_thinking(self) -> tuple[int | None, int | None]:
        try:
            return self.tokenizer.think_start_id, self.tokenizer.think_end_id
        except ValueError:  # markers of several tokens: treated as plain text
            return None, None

    def _single_token_tools(self) -> tuple[int | None, int | None]:
        start = self.tokenizer.tool_call_start_tokens
        end = self.tokenizer.tool_call_end_tokens
        if start and end and len(start) == len(end) == 1:
            return start[0], end[0]
        return None, None


def _as_dict(message: Message) -> dict[str, Any]:
    entry: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.role == "assistant":
        entry["reasoning_content"] = message.reasoning
        if message.calls:
            entry["tool_calls"] = [
                {
                    "type": "function",
                    "id": call.id,
                    "function": {"name": call.name, "arguments": dict(call.arguments)},
                }
                for call in message.calls
            ]
    if message.role == "tool":
        entry["tool_call_id"] = message.call_id
    return entry


def _tool_dict(tool: Tool) -> dict[str, Any]:
    # Through JSON, so that key order and number forms are those the model was trained on.
    function = {
        "name": tool.name,
        "description": tool.description,
        "parameters": json.loads(json.dumps(tool.parameters)),
    }
    return {"type": "function", "function": function}
