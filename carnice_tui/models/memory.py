"""What a model takes in memory while it answers: weights, keys and values, states, and work.

The working memory on CPU was fitted to what MLX reported (`peak_memory` of a turn) for
dense and hybrid random models of 0.3 to 27 M parameters at 100 to 3,000 tokens, and is held to
5 % by the tests. On Metal and CUDA the kernels are fused and the figure of other people's
reports stands for it.
"""

import msgspec

from carnice_tui.models.architecture import Architecture

OVERHEAD = {"metal": 1_500_000_000, "cuda": 1_500_000_000}
"""Bytes of libraries, activations and allocator slack (reported for Metal)."""

CPU_OVERHEAD = 300_000_000
"""Bytes of the process and its libraries on CPU (measured), beside the working memory."""

KV_STEP = 256
"""Tokens by which mlx-lm's KV caches grow."""

PREFILL_CHUNK = 512
"""Tokens of the prompt that the engine reads at once."""

TAIL = 8
"""Tokens of a prompt's end, about, that the engine reads apart from the chunks before."""

SNAPSHOTS = 3
"""Recurrent states kept beside the live one in a turn: system, question, answer."""

MLP_WIDTHS, HIDDEN_WIDTHS = 2, 12
"""Activations alive at once in an attention layer, in widths of the MLP and of the model
(measured)."""

DELTA_WIDTHS = 16
"""The same in a gated delta net (measured)."""


class Load(msgspec.Struct, frozen=True):
    """What a model weighs on a backend: bytes in memory, bytes read for each token, geometry.

    `item_bytes` is the size of a 16-bit float there: 4 on CPU, which computes in float32.
    """

    weights: int
    streamed: int
    architecture: Architecture | None
    item_bytes: int = 2

    def kv_bytes(self, context: int) -> int:
        """Bytes of keys and values after `context` tokens, as the caches allocate them."""
        if self.architecture is None:
            return 0
        rounded = -(-context // KV_STEP) * KV_STEP
        return rounded * self.architecture.kv_bytes_per_token(self.item_bytes)

    @property
    def state_bytes(self) -> int:
        """Bytes of the live recurrent state."""
        return self.architecture.state_bytes(self.item_bytes) if self.architecture else 0

    def peak_bytes(self, context: int) -> int:
        """What MLX takes at most in a turn that reads `context` tokens, on CPU."""
        states = self.state_bytes * (1 + SNAPSHOTS)
        return self.weights + self.kv_bytes(context) + states + self.working_bytes(context)

    def working_bytes(self, context: int) -> int:
        """Activations while a prompt of `context` tokens is read, on CPU.

        Attention is not fused there: its scores are a matrix of chunk by context for each
        head. A gated delta net goes token by token and keeps each step's state of its layer.
        """
        model = self.architecture
        if model is None or context <= 0:
            return 0
        context = max(1, context - TAIL)
        last = context % PREFILL_CHUNK
        chunks = [(last, context)] if last else []
        if context >= PREFILL_CHUNK:
            chunks.append((PREFILL_CHUNK, context - last))
        found = [self._delta(model, rows) for rows, _ in chunks if model.linear_layers]
        # Of the last layer only keys and values are computed: nobody asks for more yet.
        if model.attention_layers > int(model.ends_in_attention):
            found += [self._attention(model, rows, columns) for rows, columns in chunks]
        return max(found, default=0)

    def _attention(self, model: Architecture, rows: int, columns: int) -> int:
        scores = model.heads * rows * columns * self.item_bytes
        mask = rows * columns
        widths = MLP_WIDTHS * model.intermediate + HIDDEN_WIDTHS * model.hidden
        return scores + mask + rows * widths * self.item_bytes

    def _delta(self, model: Architecture, rows: int) -> int:
        state = model.linear_value_heads * model.linear_value_dim * model.linear_key_dim * 4
        return rows * (state + DELTA_WIDTHS * model.hidden * self.item_bytes)
