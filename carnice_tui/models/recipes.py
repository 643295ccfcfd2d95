"""Conversion recipes: in which format each tensor is kept.

The first four and the three micro-scaling ones are mlx-lm's own settings. The `ud` recipes
follow the per-tensor table of the second model card: bits rise from the base N with how much
a tensor's error was found to matter, and what no scaling of its input can correct stays
bfloat16.
"""

from collections.abc import Callable
from typing import Literal

import msgspec

from carnice_tui.models.architecture import Architecture, TensorShape
from carnice_tui.models.errors import ModelError

Mode = Literal["affine", "mxfp4", "nvfp4", "mxfp8", "bfloat16"]

AFFINE_BITS = (2, 3, 4, 5, 6, 8)
"""What MLX computes with; a 7 becomes an 8, as in the card's table."""

AFFINE_GROUP = 64


class Format(msgspec.Struct, frozen=True):
    """How a tensor is stored: `bits` a weight in groups of `group_size`, which share a scale."""

    mode: Mode
    bits: int
    group_size: int

    @property
    def bits_per_weight(self) -> float:
        """Bits with the scales: 16-bit scale and bias a group (affine), or one 8-bit scale."""
        return self.bits_with_floats_of(2)

    def bits_with_floats_of(self, item_bytes: int) -> float:
        """The same in memory, where a 16-bit float takes `item_bytes` (4 on CPU)."""
        if self.mode == "bfloat16":
            return item_bytes * 8
        return self.bits + (item_bytes * 16 if self.mode == "affine" else 8) / self.group_size

    def __str__(self) -> str:
        """As tables show it."""
        if self.mode == "bfloat16":
            return self.mode
        return f"{self.mode} {self.bits}-bit g{self.group_size}"


BFLOAT16 = Format("bfloat16", 16, 0)
MXFP4 = Format("mxfp4", 4, 32)
NVFP4 = Format("nvfp4", 4, 16)
MXFP8 = Format("mxfp8", 8, 32)

Decide = Callable[[TensorShape, int], Format]
"""The format of a linear layer's weight, given how many layers the model has."""


class Recipe(msgspec.Struct, frozen=True):
    """A named conversion. `base` is what config.json names as the default."""

    name: str
    summary: str
    base: Format
    decide: Decide
    scaled: bool = False
    """Whether an importance matrix may rescale the inputs of some of its tensors."""

    def format_of(self, tensor: TensorShape, layers: int) -> Format:
        """How `tensor` of a model with `layers` layers is stored."""
        if not tensor.linear:
            return BFLOAT16
        chosen = self.decide(tensor, layers)
        fits = chosen.mode == "bfloat16" or tensor.shape[-1] % chosen.group_size == 0
        return chosen if fits else BFLOAT16

    def plan(self, architecture: Architecture) -> "list[Row]":
        """Every tensor with its format and size."""
        return [
            Row(tensor, self.format_of(tensor, architecture.layers))
            for tensor in architecture.tensors()
        ]


class Row(msgspec.Struct, frozen=True):
    """One line of a recipe's table."""

    tensor: TensorShape
    format: Format

    @property
    def nbytes(self) -> int:
        """Bytes on disk."""
        return self.bytes_with_floats_of(2)

    def bytes_with_floats_of(self, item_bytes: int) -> int:
        """Bytes in memory, where a 16-bit float takes `item_bytes` (4 on CPU)."""
        if self.tensor.path.endswith("A_log"):
            return self.tensor.size * 4  # mlx-lm never casts it
        return int(self.tensor.size * self.format.bits_with_floats_of(item_bytes) / 8)


def affine(bits: int) -> Format:
    """Affine with the fewest bits MLX has that are no fewer than `bits`."""
    return Format("affine", next((b for b in AFFINE_BITS if b >= bits), 8), AFFINE_GROUP)


def _uniform(format: Format) -> Decide:
    return lambda _tensor, _layers: format


def _mixed(low: int, high: int) -> Decide:
    """mlx-lm's mixed recipes, which follow llama.cpp's K_M choices."""

    def decide(tensor: TensorShape, layers: int) -> Format:
        eighth, layer, path = layers // 8, max(tensor.layer, 0), tensor.path
        sensitive = layer < eighth or layer >= 7 * layers // 8 or (layer - eighth) % 3 == 2
        raised = "lm_head" in path or (sensitive and ("v_proj" in path or "down_proj" in path))
        return affine(high if raised else low)

    return decide


_RAISED = {
    "embed_tokens": 2,
    "lm_head": 3,
    "q_proj": 2,
    "k_proj": 2,
    "v_proj": 2,
    "in_proj_qkv": 2,
    "in_proj_z": 2,
    "down_proj": 1,
    "gate_proj": 0,
    "up_proj": 0,
}
"""Bits over the base N, from the card's table (N = 4)."""

_AFFINE_ONLY = ("embed_tokens", "lm_head")
"""The card: "loader is affine-only", so the micro-scaling formats pass these by."""


def _dynamic(base: int, promoted: Format | None = None) -> Decide:
    """Unsloth Dynamic at N = `base`; decisions of that width take the `promoted` format."""

    def decide(tensor: TensorShape, _layers: int) -> Format:
        name = tensor.path.rpartition(".")[2]
        if name not in _RAISED:
            return BFLOAT16  # o_proj and out_proj, and the recurrent layers' parameters
        chosen = affine(base + _RAISED[name])
        if promoted and chosen.bits == promoted.bits and name not in _AFFINE_ONLY:
            return promoted
        return chosen

    return decide


def _recipes() -> list[Recipe]:
    affine_uniform = [
        Recipe(f"{bits}bit", f"affine {bits}-bit throughout", affine(bits), _uniform(affine(bits)))
        for bits in (4, 6, 8)
    ]
    micro = [
        Recipe(name, f"{name.upper()} throughout", format, _uniform(format))
        for name, format in (("mxfp4", MXFP4), ("nvfp4", NVFP4), ("mxfp8", MXFP8))
    ]
    mixed = Recipe("mixed_3_6", "3-bit, 6-bit where it matters", affine(3), _mixed(3, 6))
    dynamic = [
        Recipe(f"ud-q{n}", f"Unsloth Dynamic, base {n}-bit", affine(n), _dynamic(n), scaled=True)
        for n in (2, 3, 4, 5, 6, 8)
    ]
    floats = [
        Recipe(
            f"ud-{format.mode}",
            f"Unsloth Dynamic, {format.mode.upper()} at the base",
            format,
            _dynamic(format.bits, format),
            scaled=True,
        )
        for format in (MXFP4, NVFP4, MXFP8)
    ]
    return [affine_uniform[0], mixed, *affine_uniform[1:], *micro, *dynamic, *floats]


RECIPES = {recipe.name: recipe for recipe in _recipes()}


def recipe_named(name: str) -> Recipe:
    """The recipe `name`.

    Raises:
        ModelError: there is none.
    """
    if name not in RECIPES:
        raise ModelError(f"There is no recipe {name!r}: choose one of {', '.join(RECIPES)}.")
    return RECIPES[name]


def bits_per_weight(rows: list[Row]) -> float:
    """Bits of storage for each parameter, on average."""
    parameters = sum(row.tensor.size for row in rows)
    return sum(row.nbytes for row in rows) * 8 / max(1, parameters)
