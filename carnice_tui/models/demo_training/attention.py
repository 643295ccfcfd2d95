"""Causal attention for training: on a CPU as blocks of matrix products, in bfloat16 where it can.

PyTorch's own kernel for a CPU spends five times its forward pass going back: 40 % of a training
step. Here no row's highest score is subtracted before `exp`: queries and keys are normalised, so a
score cannot leave the range of bfloat16. That leaves three products and one `exp` in place.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

BLOCK = 128
"""Queries taken together; keys after the last of them are not looked at."""


def attend_fused(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Causal attention by PyTorch's kernel; arguments as in `attend`."""
    repeats = q.shape[1] // k.shape[1]
    k, v = k.repeat_interleave(repeats, 1), v.repeat_interleave(repeats, 1)
    return F.scaled_dot_product_attention(q, k, v, is_causal=True)


class _Blocked(torch.autograd.Function):
    """The same in blocks. `n` is batch times key heads, `g` the query heads of one key head."""

    @staticmethod
    def forward(ctx: Any, q: Tensor, k: Tensor, v: Tensor) -> Tensor:  # type: ignore[override]
        batch, heads, length, dim = q.shape
        g, n = heads // k.shape[1], batch * k.shape[1]
        q = (q * dim**-0.5).reshape(n, g, length, dim)
        k = k.reshape(n, length, dim)
        # A column of ones beside the values sums the weights in the same product.
        v = torch.cat((v.reshape(n, length, dim), v.new_ones(n, length, 1)), -1)
        sums = q.new_empty(n, g, length, dim + 1)
        weights: list[Tensor] = []
        for start in range(0, length, BLOCK):
            stop = min(length, start + BLOCK)
            rows = q[:, :, start:stop].reshape(n, -1, dim)
            weight = torch.bmm(rows, k[:, :stop].transpose(1, 2)).exp_()
            weight.view(n, g, stop - start, stop)[..., start:].tril_()
            sums[:, :, start:stop] = torch.bmm(weight, v[:, :stop]).view(n, g, -1, dim + 1)
            weights.append(weight)
        total = sums[..., dim:].float()
        mixed = (sums[..., :dim] / total).to(q.dtype)
        ctx.save_for_backward(q, k, v, mixed, total, *weights)
        return mixed.view(batch, heads, length, dim)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, ...]:  # type: ignore[override]
        q, k, v, mixed, total, *weights = ctx.saved_tensors
        n, g, length, dim = q.shape
        shape = gradients[0].shape
        gradient = gradients[0].reshape(n, g, length, dim) / total
        # What softmax's own gradient subtracts goes in as one more column, against the ones.
        own = (gradient * mixed).sum(-1, keepdim=True)
        gradient = torch.cat((gradient, -own), -1).to(q.dtype)
        to_q = torch.empty_like(q)
        to_k = torch.zeros(n, length, dim)
        to_v = torch.zeros(n, length, dim + 1)
        for start, weight in zip(range(0, length, BLOCK), weights, strict=True):
            stop = min(length, start + BLOCK)
            part = gradient[:, :, start:stop].reshape(n, -1, dim + 1)
            to_v[:, :stop] += torch.bmm(weight.transpose(1, 2), part)
            scores = torch.bmm(part, v[:, :stop].transpose(1, 2)).mul_(weight)
            to_q[:, :, start:stop] = torch.bmm(scores, k[:, :stop]).view(n, g, -1, dim)
            rows = q[:, :, start:stop].reshape(n, -1, dim)
            to_k[:, :stop] += torch.bmm(scores.transpose(1, 2), rows)
        kv_shape = (shape[0], -1, length, dim)
        return (
            (to_q * dim**-0.5).view(shape),
            to_k.to(q.dtype).view(kv_shape),
            to_v[..., :dim].to(q.dtype).reshape(kv_shape),
        )


@torch.compiler.disable
def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Causal attention of `q` `(batch, heads, length, dim)` over `k`, `v` of fewer heads."""
    if q.is_cuda:
        return attend_fused(q, k, v)
    return _Blocked.apply(q, k, v)  # type: ignore[no-any-return]
