"""Applies a recipe to a model, tensor by tensor; nothing is computed before it is written."""
# MLX's types are partial, and mlx-lm has none.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownLambdaType=false, reportUntypedBaseClass=false
# pyright: reportUnknownVariableType=false, reportMissingTypeStubs=false

import re
from typing import Any, cast

import mlx.core as mx
import mlx.nn as nn
import mlx_lm.utils as mlx_lm_utils
from mlx.utils import tree_flatten

from carnice_tui.models.architecture import TensorShape
from carnice_tui.models.convert import TableRow
from carnice_tui.models.converter.source import Json
from carnice_tui.models.recipes import BFLOAT16, Format, Recipe

_LAYER = re.compile(r"(?:^|\.)layers\.(\d+)\.")


def apply_recipe(model: nn.Module, config: Json, recipe: Recipe) -> tuple[nn.Module, Json]:
    """The model with quantised modules, and the configuration that says so."""
    layers = layer_count(model)
    base = {
        "group_size": recipe.base.group_size,
        "bits": recipe.base.bits,
        "mode": recipe.base.mode,
    }

    def predicate(path: str, module: nn.Module) -> bool | Json:
        chosen = format_of(recipe, path, module, layers)
        if chosen == BFLOAT16:
            return False
        if chosen == recipe.base:
            return True
        return {"group_size": chosen.group_size, "bits": chosen.bits, "mode": chosen.mode}

    # The group size that mlx-lm compares with is the smallest, so that it refuses none of ours.
    quantised, written = mlx_lm_utils.quantize_model(
        model,
        config,
        16,
        recipe.base.bits,
        mode="affine",
        quant_predicate=_explicit(predicate, base),
    )
    named: Json = written["quantization"]
    overrides = {key: value for key, value in named.items() if isinstance(value, dict)}
    written["quantization"] = base | {k: v for k, v in overrides.items() if v != base}
    written["quantization_config"] = written["quantization"]
    return quantised, cast("Json", written)


def _explicit(predicate: Any, base: Json) -> Any:
    """`predicate` with the base format spelt out where it says True."""

    def spelt(path: str, module: nn.Module) -> bool | Json:
        chosen = predicate(path, module)
        return dict(base) if chosen is True else chosen

    return spelt


def format_of(recipe: Recipe, path: str, module: nn.Module, layers: int) -> Format:
    """The recipe's decision for one module of the model."""
    weight = cast("Any", module)["weight"]
    found = _LAYER.search(path)
    layer = int(found.group(1)) if found else -1
    return recipe.format_of(TensorShape(path, tuple(weight.shape), layer), layers)


def layer_count(model: nn.Module) -> int:
    """How many decoder layers the model has."""
    return len(cast("Any", model).layers)


def table_of(model: nn.Module) -> tuple[TableRow, ...]:
    """Every module with weights of its own, as it will be written."""
    modules = named_leaves(model)
    rows = [_row_of(path, module) for path, module in modules if module.parameters()]
    # Parameters that belong to no leaf module: the recurrent layers' A_log and dt_bias.
    leaves = {path for path, _ in modules}
    for name, array in named_arrays(model):
        if name.rpartition(".")[0] not in leaves:
            rows.append(_plain_row(name, [array]))
    return tuple(rows)


def _row_of(path: str, module: Any) -> TableRow:
    arrays = [array for _, array in named_arrays(module)]
    bits: int = getattr(module, "bits", 0)
    if not bits:
        return _plain_row(path, arrays)
    parameters = module["weight"].size * 32 // bits
    nbytes = sum(array.nbytes for array in arrays)
    return TableRow(path, module.mode, bits, module.group_size, nbytes, parameters)


def _plain_row(path: str, arrays: list[mx.array]) -> TableRow:
    kind = str(arrays[0].dtype).removeprefix("mlx.core.")
    size, nbytes = sum(a.size for a in arrays), sum(a.nbytes for a in arrays)
    return TableRow(path, kind, arrays[0].itemsize * 8, 0, nbytes, size)


def named_leaves(model: nn.Module) -> list[tuple[str, Any]]:
    """The modules that hold weights and no other modules."""
    found: Any = tree_flatten(model.leaf_modules(), is_leaf=lambda m: isinstance(m, nn.Module))
    return found


def named_arrays(module: nn.Module) -> list[tuple[str, mx.array]]:
    """All weights of a module by name, in order."""
    found: Any = tree_flatten(module.parameters())
    return found
