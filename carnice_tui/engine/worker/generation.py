"""What a model's own generation_config.json says of how it wants to be sampled."""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from carnice_tui.core.messages import Sampling


@dataclass(frozen=True)
class Drawing:
    """How tokens are drawn; the defaults are the model card's. `temperature` 0 is greedy."""

    temperature: float = 0.6
    top_p: float = 0.95
    top_k: int = 20


class GenerationDefaults(msgspec.Struct, frozen=True):
    """The model's own settings; None where it names none. `max_new_tokens` is in tokens."""

    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    max_new_tokens: int | None = None
    do_sample: bool | None = None

    def drawing(self, wanted: Sampling) -> Drawing:
        """What is `wanted`, and of the rest what the model names."""
        own = 0.0 if self.do_sample is False else self.temperature
        return Drawing(
            _first(wanted.temperature, own, Drawing.temperature),
            _first(wanted.top_p, self.top_p, Drawing.top_p),
            int(_first(wanted.top_k, self.top_k, Drawing.top_k)),
        )

    def limit(self, max_tokens: int) -> int:
        """The longest turn, in tokens: `max_tokens`, or if that is 0 the model's own; 0: none."""
        return max_tokens or max(0, self.max_new_tokens or 0)


def _first(wanted: float | None, own: float | None, ours: float) -> float:
    return next(value for value in (wanted, own, ours) if value is not None)


def generation_defaults(folder: Path) -> GenerationDefaults:
    """What the model in `folder` names; nothing where the file is missing or not understood."""
    try:
        content = (folder / "generation_config.json").read_bytes()
        return msgspec.json.decode(content, type=GenerationDefaults)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return GenerationDefaults()
