"""Importance scaling (AWQ): channels that matter are made larger before they are rounded.

The weights that read a norm's output are multiplied by s, channel by channel, and the norm
is divided by s: the unquantised model computes the same. Every s is a power of two, so that
neither step rounds and "the same" is to the bit. How strongly the importance counts is
searched per layer, plain rounding included, so a layer never becomes worse by the measure
that the importance matrix defines.

Lin et al., AWQ: Activation-aware Weight Quantization, https://arxiv.org/abs/2306.00978
"""
# MLX's types are partial, and mlx-lm has none.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownLambdaType=false, reportUntypedBaseClass=false
# pyright: reportUnknownVariableType=false, reportMissingTypeStubs=false

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import Any, cast

import mlx.core as mx
import mlx.nn as nn

from carnice_tui.models.converter.quantise import format_of, layer_count
from carnice_tui.models.errors import ModelError
from carnice_tui.models.recipes import BFLOAT16, Format, Recipe

STRENGTHS = (0.25, 0.5, 0.75, 1.0)
"""Exponents of the importance that are tried, beside none at all."""

LARGEST = 16.0
"""Scales stay within 1/16 … 16, so that no weight leaves the range of its type."""

READERS = {
    "self_attn": ("q_proj", "k_proj", "v_proj"),
    "linear_attn": ("in_proj_qkv", "in_proj_z", "in_proj_b", "in_proj_a"),
}
"""All that reads the input norm's output; each must be scaled, quantised or not."""

SOURCES = ("attn_q", "attn_k", "attn_v", "attn_qkv", "attn_gate", "ssm_in", "ssm_ba", "ssm_alpha")
"""llama.cpp's names of the weights that read that output; one of them is enough."""


def scale_layers(
    model: nn.Module, recipe: Recipe, importance: dict[str, array[float]]
) -> Iterator[int]:
    """Fuse the scales into every layer; yields how many layers are done.

    Raises:
        ModelError: the matrix is of another model: no entry for a layer, or another width.
    """
    for number, layer in enumerate(cast("Any", model).layers):
        kind = "linear_attn" if getattr(layer, "is_linear", False) else "self_attn"
        squares = mx.array(list(_importance_of(number, importance)))
        mixer = layer[kind]
        width = layer.input_layernorm.weight.shape[0]
        if squares.shape[0] != width:
            raise ModelError(
                f"The importance matrix is of another model: layer {number} has {width} channels "
                f"and the matrix {squares.shape[0]}."
            )
        readers = {
            name: mixer[name] for name in READERS[kind] if isinstance(mixer.get(name), nn.Linear)
        }
        formats = {
            name: format_of(recipe, f"layers.{number}.{kind}.{name}", module, layer_count(model))
            for name, module in readers.items()
        }
        scale = best_scale(
            squares,
            [(readers[n].weight, f) for n, f in formats.items() if f != BFLOAT16],
        )
        for module in readers.values():
            module.weight = module.weight * scale.astype(module.weight.dtype)
        norm = layer.input_layernorm
        norm.weight = norm.weight / scale.astype(norm.weight.dtype)
        yield number + 1


def _importance_of(number: int, importance: dict[str, array[float]]) -> array[float]:
    for name in SOURCES:
        found = importance.get(f"blk.{number}.{name}.weight")
        if found is not None:
            return found
    raise ModelError(
        f"The importance matrix is of another model: it has nothing for layer {number}."
    )


def best_scale(squares: mx.array, weights: list[tuple[mx.array, Format]]) -> mx.array:
    """The scale a channel with the least rounding error, weighted by importance.

    `squares` is the mean squared input of each channel.
    """
    best = mx.ones_like(squares)
    least = _error(best, squares, weights)
    for strength in STRENGTHS:
        scale = power_of_two_scale(squares, strength)
        error = _error(scale, squares, weights)
        if error < least:
            best, least = scale, error
    return best


def power_of_two_scale(squares: mx.array, strength: float) -> mx.array:
    """The root mean square to the power `strength`, centred on one and rounded to 2^n."""
    logarithm = mx.log2(mx.maximum(squares, mx.array(1e-12))) * (strength / 2)
    centred = mx.round(logarithm - mx.mean(logarithm))
    limit = mx.log2(mx.array(LARGEST))
    return mx.power(mx.array(2.0), mx.clip(centred, -limit, limit))


def _error(scale: mx.array, squares: mx.array, weights: list[tuple[mx.array, Format]]) -> float:
    total = 0.0
    for weight, format in weights:
        scaled = weight.astype(mx.float32) * scale
        options: dict[str, Any] = {
            "group_size": format.group_size,
            "bits": format.bits,
            "mode": format.mode,
        }
        kept = mx.dequantize(*mx.quantize(scaled, **options), **options)
        difference = (kept.astype(mx.float32) / scale) - weight.astype(mx.float32)
        total += cast("float", mx.sum(difference * difference * squares).item())
    return total
