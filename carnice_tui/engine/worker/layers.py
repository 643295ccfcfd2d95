"""What the layers of a cache hold, as arrays that can be copied, counted, saved and put back."""

from collections.abc import Iterator, Mapping, Sequence

import mlx.core as mx

from carnice_tui.engine.worker.mlxlm import LayerCache, Model, evaluate, is_recurrent, new_cache

Shape = tuple[tuple[int, ...], mx.Dtype]
"""What an array looks like."""


def arrays_of(layer: LayerCache) -> Iterator[mx.array]:
    """The arrays that a layer keeps in memory."""
    held = layer.cache if is_recurrent(layer) else [layer.keys, layer.values]
    return (array for array in held if array is not None)


def copy_attention(ours: LayerCache, theirs: LayerCache, length: int) -> None:
    """Let an empty attention layer hold the first `length` tokens of another.

    A view: the arrays part as soon as one of the two is written to.
    """
    if ours.keys is None or ours.values is None:
        return
    theirs.keys = ours.keys[..., :length, :]
    theirs.values = ours.values[..., :length, :]
    theirs.offset = length


def named_arrays(layers: Sequence[LayerCache]) -> dict[str, mx.array]:
    """All that the layers hold, by name."""
    named: dict[str, mx.array] = {}
    for number, layer in enumerate(layers):
        if is_recurrent(layer):
            parts = {f"s{at}": array for at, array in enumerate(layer.cache)}
        else:
            parts = {"k": _held(layer.keys, layer), "v": _held(layer.values, layer)}
        named |= {f"{number}.{key}": part for key, part in parts.items() if part is not None}
    return named


def set_named_arrays(
    layers: Sequence[LayerCache], named: Mapping[str, mx.array], length: int
) -> None:
    """Put back into empty layers what `named_arrays` gave after `length` tokens."""
    for number, layer in enumerate(layers):
        if is_recurrent(layer):
            layer.cache = [named.get(f"{number}.s{at}") for at in range(len(layer.cache))]
        else:
            layer.keys, layer.values = named.get(f"{number}.k"), named.get(f"{number}.v")
            layer.offset = length


def shapes_after(model: Model, length: int) -> dict[str, Shape]:
    """What `named_arrays` looks like after `length` tokens: asked by reading a single one."""
    layers = new_cache(model)
    model(mx.array([[0]]), cache=layers)
    named = named_arrays(layers)
    evaluate(list(named.values()))
    return {
        key: (
            (*array.shape[:-2], length, array.shape[-1]) if key[-1] in "kv" else array.shape,
            array.dtype,
        )
        for key, array in named.items()
    }


def _held(array: mx.array | None, layer: LayerCache) -> mx.array | None:
    return None if array is None else array[..., : layer.offset, :]
