"""Start the network with an induction circuit, so that copying need not be discovered.

Layer 0 gets heads that look one token back (a constant query and key whose rotary phases differ by
one position) and write what they see into a subspace of their own. Layer 1 gets heads that look for
the place whose previous token equals the current one and copy the token there (Elhage et al., 2021;
Olsson et al., 2022, "In-context learning and induction heads"). Training refines both.
"""

import torch
from torch import Tensor

from carnice_tui.models.demo_training.network import Network, rotary_table

CONSTANT = 0.4
"""Value of the embedding's first component for every token: a bias that queries can read."""
SHARPNESS = 2.0
"""Norm weight of queries and keys in the two layers; sets how peaked attention can be."""
_FAST_PAIRS = 3
"""Rotary pairs the look-back heads use: the fastest, which tell neighbours apart."""
_SLOW_PAIRS = 8
"""Rotary pairs the matching heads use: the slowest, which hardly turn within a prompt."""
_LOOK_BACK_HEADS = 2


def _orthogonal(rows: int, columns: int) -> Tensor:
    return torch.linalg.qr(torch.randn(columns, rows))[0].T


@torch.no_grad()
def plant_induction(network: Network) -> None:
    """Write the circuit into layers 0 and 1 of a freshly initialised network."""
    shape = network.shape
    per_kv, dim = shape.heads // shape.kv_heads, shape.head_dim
    half = dim // 2
    network.embed_tokens.weight[:, 0] = CONSTANT
    basis = _orthogonal(shape.hidden - 1, shape.hidden - 1)
    sees = torch.zeros(shape.hidden, shape.hidden)
    sees[1:, 1:] = basis
    width = _LOOK_BACK_HEADS * dim
    identity = sees[1 : width + 1]  # what of a token is passed on
    place = sees[-width:]  # where in the stream it is put
    for layer in network.layers[:2]:
        layer.self_attn.q_norm.weight.fill_(SHARPNESS)
        layer.self_attn.k_norm.weight.fill_(SHARPNESS)

    first = network.layers[0].self_attn
    cos, sin = rotary_table(shape, 2)
    for kv in range(_LOOK_BACK_HEADS):
        key = slice(kv * dim, (kv + 1) * dim)
        query = kv * per_kv * dim
        first.k_proj.weight[key] *= 0.05
        first.q_proj.weight[query : query + dim] *= 0.05
        for pair in range(_FAST_PAIRS):
            first.k_proj.weight[kv * dim + pair, 0] = 1.0
            first.q_proj.weight[query + pair, 0] = cos[1, pair]
            first.q_proj.weight[query + pair + half, 0] = -sin[1, pair]
        first.v_proj.weight[key] = identity[key]
        first.o_proj.weight[:, query : query + dim] = place[key].T * 0.12

    second = network.layers[1].self_attn
    slow = [*range(half - _SLOW_PAIRS, half), *range(dim - _SLOW_PAIRS, dim)]
    for kv in range(shape.kv_heads):
        mix = _orthogonal(2 * _SLOW_PAIRS, width)
        query = kv * per_kv * dim
        second.q_proj.weight[query : query + dim] *= 0.05
        second.k_proj.weight[kv * dim : (kv + 1) * dim] *= 0.05
        second.q_proj.weight[[query + at for at in slow]] = mix @ identity
        second.k_proj.weight[[kv * dim + at for at in slow]] = mix @ place
        copied = sees[1 + kv * dim : 1 + (kv + 1) * dim]
        second.v_proj.weight[kv * dim : (kv + 1) * dim] = copied
        second.o_proj.weight[:, query : query + dim] = copied.T * 0.5
