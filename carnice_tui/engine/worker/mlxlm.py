"""mlx-lm as this room sees it: the few calls it makes, with types.

mlx-lm carries no annotations that a strict checker can use. What crosses is declared here
once, so that everything behind it is checked.
"""
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportMissingTypeStubs=false

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol, cast

import mlx.core as mx
import mlx_lm.utils as _utils
from mlx.utils import tree_flatten
from mlx_lm.generate import wired_limit as _wired_limit
from mlx_lm.models import cache as _cache
from mlx_lm.tokenizer_utils import BPEStreamingDetokenizer

Json = dict[str, Any]


class Model(Protocol):
    """A model of mlx-lm."""

    def __call__(self, tokens: mx.array, *, cache: "list[LayerCache]") -> mx.array:
        """Token ids (1, n) to logits (1, n, vocabulary); reads them into `cache`."""
        ...

    def parameters(self) -> Any:
        """The tree of weights."""
        ...

    def set_dtype(self, dtype: mx.Dtype) -> Any:
        """Cast the floating-point weights."""
        ...


class StreamingDetokenizer(Protocol):
    """mlx-lm's own detokenizer."""

    last_segment: str

    def add_token(self, token: int) -> None:
        """Take one more id."""

    def finalize(self) -> None:
        """No more ids come."""

    def reset(self) -> None:
        """Begin again."""


class AddedToken(Protocol):
    """A token that is found in the text before anything else is done to it."""

    content: str
    lstrip: bool
    rstrip: bool
    single_word: bool
    normalized: bool


class Tokenizer(Protocol):
    """`mlx_lm.tokenizer_utils.TokenizerWrapper`."""

    eos_token_ids: set[int]
    detokenizer: StreamingDetokenizer
    think_start_id: int | None
    """Raises ValueError where the marker is several tokens."""
    think_end_id: int | None
    added_tokens_decoder: dict[int, AddedToken]
    """Special tokens by id."""
    tool_call_start_tokens: tuple[int, ...] | None
    tool_call_end_tokens: tuple[int, ...] | None

    def encode(self, text: str, *, add_special_tokens: bool) -> list[int]:
        """Text to ids."""
        ...

    def decode(self, ids: Sequence[int]) -> str:
        """Ids to text."""
        ...

    def convert_ids_to_tokens(self, ids: int) -> str | None:
        """The vocabulary's own spelling of an id."""
        ...

    def apply_chat_template(self, messages: Sequence[Json], **options: object) -> str:
        """Messages to the prompt as text (with `tokenize=False`)."""
        ...


class LayerCache(Protocol):
    """What one layer remembers; `cache` only on recurrent layers, the rest on the others."""

    state: Any
    offset: int
    keys: mx.array | None
    """(1, heads, tokens, width), room for more tokens than there are included."""
    values: mx.array | None
    cache: list[mx.array | None]

    def trim(self, n: int) -> int:
        """Forget the last `n` tokens."""
        ...


def load_model(folder: Path) -> tuple[Model, Json]:
    """The model with its weights still on disk, and its whole configuration."""
    model, config = _utils.load_model(folder, lazy=True)
    return cast("Model", model), cast("Json", config)


def load_tokenizer(folder: Path, eos_token_ids: object) -> Tokenizer:
    """The tokenizer in `folder`, with the end tokens of the model's configuration."""
    return cast("Tokenizer", _utils.load_tokenizer(folder, eos_token_ids=eos_token_ids))


def is_byte_level(tokenizer: Tokenizer) -> bool:
    """Whether it is a byte-level BPE, as Qwen's are."""
    return isinstance(tokenizer.detokenizer, BPEStreamingDetokenizer)


def new_cache(model: Model) -> list[LayerCache]:
    """An empty cache, one entry a layer."""
    return cast("list[LayerCache]", _cache.make_prompt_cache(cast("Any", model)))


def is_recurrent(layer: LayerCache) -> bool:
    """A layer whose state is replaced at each step and cannot be trimmed."""
    return isinstance(layer, _cache.ArraysCache)


def is_attention(layer: LayerCache) -> bool:
    """A layer that keeps every token and can be trimmed."""
    return isinstance(layer, _cache.KVCache)


def wired_limit(model: Model) -> AbstractContextManager[None]:
    """Keeps the weights wired while generating, where the device has such a limit."""
    return cast("AbstractContextManager[None]", _wired_limit(cast("Any", model)))


def evaluate(arrays: Any) -> None:
    """Compute all arrays in a tree now."""
    mx.eval(arrays)


def start_evaluating(*arrays: Any) -> None:
    """Start computing arrays (None: nothing) and return at once."""
    mx.async_eval(*arrays)


def token_of(drawn: mx.array) -> int:
    """The one id in an array of shape (1,); waits for it."""
    return cast("int", drawn.item())


def number_of(array: mx.array) -> float:
    """The one number in an array of shape (1,); waits for it."""
    return cast("float", array.item())


def numbers_of(array: mx.array) -> list[float]:
    """The numbers of a one-dimensional array; waits for them."""
    return cast("list[float]", array.tolist())


def tokens_of(array: mx.array) -> list[int]:
    """The ids in a one-dimensional array; waits for them."""
    return cast("list[int]", array.tolist())


def save_arrays(path: Path, arrays: dict[str, mx.array], metadata: dict[str, str]) -> None:
    """Write a safetensors file; `path` must end so."""
    mx.save_safetensors(str(path), arrays, metadata)


def load_arrays(path: Path) -> tuple[dict[str, mx.array], dict[str, str]]:
    """The arrays of a safetensors file and its metadata."""
    arrays, metadata = mx.load(str(path), format="safetensors", return_metadata=True)
    return cast("dict[str, mx.array]", arrays), cast("dict[str, str]", metadata)


def raw_bytes(array: mx.array) -> memoryview:
    """The bytes of an array in row order; waits for it."""
    return memoryview(cast("Any", mx.contiguous(array).reshape(-1).view(mx.uint8)))


def unpacked(bits: bytes, size: int) -> mx.array:
    """The first `size` bits, least significant first, as a mask; `bits` are whole words of 32."""
    words = mx.array(cast("Any", memoryview(bits).cast("I")))
    return ((words[:, None] >> mx.arange(32)) & 1).reshape(-1)[:size] == 1


def parameters(model: Model) -> list[tuple[str, mx.array]]:
    """All weights by name."""
    return cast("list[tuple[str, mx.array]]", tree_flatten(model.parameters()))


def parameter_count(model: Model) -> int:
    """Parameters as if they were not quantised."""
    return int(_utils.get_total_parameters(model))


def bits_per_weight(model: Model) -> float:
    """Bits of storage for each parameter, on average."""
    return float(_utils.compute_bits_per_weight(model))


def architecture(config: Mapping[str, Any]) -> str:
    """The module of `mlx_lm.models` that this configuration asks for."""
    model_type = str(config.get("model_type", ""))
    return _utils.MODEL_REMAPPING.get(model_type, model_type)
