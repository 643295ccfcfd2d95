"""What a model's own generation_config.json says of how it wants to be sampled."""

from pathlib import Path

import msgspec

from carnice_tui.core.messages import Sampling


class GenerationDefaults(msgspec.Struct, frozen=True):
    """The model's own settings; None where it names none. `max_new_tokens` is in tokens."""

    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    max_new_tokens: int | None = None
    do_sample: bool | None = None

    def sampling(self, unset: Sampling) -> Sampling:
        """`unset` with what the model names in its place."""
        greedy = self.do_sample is False
        temperature = unset.temperature if self.temperature is None else self.temperature
        return Sampling(
            0.0 if greedy else temperature,
            unset.top_p if self.top_p is None else self.top_p,
            unset.top_k if self.top_k is None else self.top_k,
            unset.seed,
        )


def generation_defaults(folder: Path) -> GenerationDefaults:
    """What the model in `folder` names; nothing where the file is missing or not understood."""
    try:
        content = (folder / "generation_config.json").read_bytes()
        return msgspec.json.decode(content, type=GenerationDefaults)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return GenerationDefaults()
