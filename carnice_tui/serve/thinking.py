"""Whether a request wants thinking: clients say it in five ways, and this reads them all."""

from collections.abc import Mapping
from typing import cast

from carnice_tui.core.messages import ThinkingMode
from carnice_tui.serve.errors import bad_request

EFFORTS: dict[str, ThinkingMode] = {
    "none": "off",
    "minimal": "low",
    "low": "low",
    "medium": "medium",
    "high": "high",
    "xhigh": "high",
    "max": "high",
}
"""`reasoning_effort` to our modes; the model has no efforts of its own, so they are budgets."""

SWITCHES = ("think", "enable_thinking", "reasoning_effort", "reasoning")
"""The ways that are fields of a request; the fifth is an argument of the template."""


def thinking_of(body: Mapping[str, object], default: ThinkingMode) -> ThinkingMode:
    """How to think for the request `body`; `default` where it does not say.

    An explicit template argument wins, since it is the model's own switch. Off said anywhere
    else comes before an effort said elsewhere: an agent that sends both means off.

    Raises:
        ApiError: a switch has a value that is none.
    """
    effort = _effort(body)
    template = body.get("chat_template_kwargs")
    if isinstance(template, Mapping):
        explicit = cast("Mapping[str, object]", template).get("enable_thinking")
        if explicit is not None:
            switch = _switch(explicit, "chat_template_kwargs.enable_thinking")
            return _on(effort, default) if switch else "off"
    switches = [
        _switch(body[name], name)
        for name in ("enable_thinking", "think")
        if body.get(name) is not None
    ]
    if False in switches or effort == "off":
        return "off"
    if switches:
        return _on(effort, default)
    return effort or default


def _on(effort: ThinkingMode | None, default: ThinkingMode) -> ThinkingMode:
    """Thinking is wanted: as much as was asked for, else as much as is usual here."""
    wanted = effort or default
    return "on" if wanted == "off" else wanted


def _switch(value: object, name: str) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value in EFFORTS:  # Ollama's think: "low"
        return EFFORTS[value] != "off"
    raise bad_request(f"{name} must be true or false.", param=name)


def _effort(body: Mapping[str, object]) -> ThinkingMode | None:
    reasoning = body.get("reasoning")
    nested: object = None
    if isinstance(reasoning, Mapping):
        fields = cast("Mapping[str, object]", reasoning)
        nested = "none" if fields.get("enabled") is False else fields.get("effort")
    think = body.get("think")
    ways = (
        ("reasoning_effort", body.get("reasoning_effort")),
        ("reasoning.effort", nested),
        ("think", think if isinstance(think, str) else None),
    )
    for name, value in ways:
        if value is None:
            continue
        if not isinstance(value, str) or value not in EFFORTS:
            raise bad_request(f"{name} must be one of: {', '.join(EFFORTS)}.", param=name)
        return EFFORTS[value]
    return None
