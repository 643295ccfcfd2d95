"""The shape of a Qwen3.5-type model: which tensors it has, and what its memory of a text costs."""

import msgspec

ATTENTION_BYTES = 2
"""Bytes of one cached key or value: the caches hold 16-bit floats on Metal and CUDA."""

STATE_BYTES = 4
"""Bytes of one entry of a recurrent state: mlx-lm keeps it in float32."""


class TensorShape(msgspec.Struct, frozen=True):
    """One weight: its module's path as mlx-lm names it, and its shape.

    `layer` is -1 outside the layers; `linear` says whether it is the matrix of a linear
    layer or an embedding, the only kinds that are ever quantised.
    """

    path: str
    shape: tuple[int, ...]
    layer: int = -1
    linear: bool = True

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        count = 1
        for length in self.shape:
            count *= length
        return count


class Architecture(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Geometry as the model cards and config.json give it; sizes in units, `context` in tokens.

    Every `attention_every`-th layer is full attention, the others are gated delta nets
    (0: all layers are attention). `gated_query` doubles the query projection's rows.
    """

    hidden: int
    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    intermediate: int
    vocabulary: int
    context: int
    model_type: str = "qwen3_5"
    parameters: int = 0
    attention_every: int = 0
    gated_query: bool = False
    linear_value_heads: int = 0
    linear_key_heads: int = 0
    linear_key_dim: int = 0
    linear_value_dim: int = 0
    convolution: int = 0
    tied: bool = False

    @property
    def attention_layers(self) -> int:
        """Layers that keep keys and values of every token."""
        return self.layers // self.attention_every if self.attention_every else self.layers

    @property
    def linear_layers(self) -> int:
        """Layers with a recurrent state instead."""
        return self.layers - self.attention_layers

    @property
    def ends_in_attention(self) -> bool:
        """Whether the last layer is full attention."""
        return not self.attention_every or self.layers % self.attention_every == 0

    @property
    def convolution_channels(self) -> int:
        """Channels of a gated delta net's convolution: queries, keys and values."""
        return 2 * self.linear_key_heads * self.linear_key_dim + self._values

    @property
    def _values(self) -> int:
        return self.linear_value_heads * self.linear_value_dim

    def kv_bytes_per_token(self, item_bytes: int = ATTENTION_BYTES) -> int:
        """Bytes of keys and values that one token adds (65,536 at 27B)."""
        return self.attention_layers * 2 * self.kv_heads * self.head_dim * item_bytes

    def state_bytes(self, item_bytes: int = ATTENTION_BYTES) -> int:
        """Bytes of the recurrent layers' states, whatever the length (147 MiB at 27B)."""
        state = self.linear_value_heads * self.linear_value_dim * self.linear_key_dim * STATE_BYTES
        window = (self.convolution - 1) * self.convolution_channels * item_bytes
        return self.linear_layers * (state + window)

    def tensors(self) -> list[TensorShape]:
        """Every weight of the text model, in order."""
        model = "language_model.model"
        found = [TensorShape(f"{model}.embed_tokens", (self.vocabulary, self.hidden))]
        for number in range(self.layers):
            found += self._layer(f"{model}.layers.{number}", number)
        found.append(TensorShape(f"{model}.norm", (self.hidden,), linear=False))
        if not self.tied:
            found.append(TensorShape("language_model.lm_head", (self.vocabulary, self.hidden)))
        return found

    def _layer(self, path: str, number: int) -> list[TensorShape]:
        attention = not self.attention_every or (number + 1) % self.attention_every == 0
        mixer = self._attention(path, number) if attention else self._delta_net(path, number)
        norms = [
            TensorShape(f"{path}.{name}", (self.hidden,), number, linear=False)
            for name in ("input_layernorm", "post_attention_layernorm")
        ]
        wide, narrow = (self.intermediate, self.hidden), (self.hidden, self.intermediate)
        mlp = [
            TensorShape(f"{path}.mlp.gate_proj", wide, number),
            TensorShape(f"{path}.mlp.up_proj", wide, number),
            TensorShape(f"{path}.mlp.down_proj", narrow, number),
        ]
        return [*mixer, *norms, *mlp]

    def _attention(self, path: str, number: int) -> list[TensorShape]:
        path = f"{path}.self_attn"
        rows = self.heads * self.head_dim
        keys = self.kv_heads * self.head_dim
        query = rows * (2 if self.gated_query else 1)
        return [
            TensorShape(f"{path}.q_proj", (query, self.hidden), number),
            TensorShape(f"{path}.k_proj", (keys, self.hidden), number),
            TensorShape(f"{path}.v_proj", (keys, self.hidden), number),
            TensorShape(f"{path}.o_proj", (self.hidden, rows), number),
            TensorShape(f"{path}.q_norm", (self.head_dim,), number, linear=False),
            TensorShape(f"{path}.k_norm", (self.head_dim,), number, linear=False),
        ]

    def _delta_net(self, path: str, number: int) -> list[TensorShape]:
        path = f"{path}.linear_attn"
        channels, heads = self.convolution_channels, self.linear_value_heads
        return [
            TensorShape(f"{path}.in_proj_qkv", (channels, self.hidden), number),
            TensorShape(f"{path}.in_proj_z", (self._values, self.hidden), number),
            TensorShape(f"{path}.in_proj_b", (heads, self.hidden), number),
            TensorShape(f"{path}.in_proj_a", (heads, self.hidden), number),
            TensorShape(f"{path}.out_proj", (self.hidden, self._values), number),
            TensorShape(f"{path}.conv1d", (channels, self.convolution, 1), number, linear=False),
            TensorShape(f"{path}.dt_bias", (heads,), number, linear=False),
            TensorShape(f"{path}.A_log", (heads,), number, linear=False),
            TensorShape(f"{path}.norm", (self.linear_value_dim,), number, linear=False),
        ]


class _Text(msgspec.Struct):
    """The keys of config.json (or its text_config) that matter here."""

    model_type: str = ""
    hidden_size: int = 0
    num_hidden_layers: int = 0
    num_attention_heads: int = 1
    num_key_value_heads: int = 0
    head_dim: int | None = None
    intermediate_size: int = 0
    vocab_size: int = 0
    max_position_embeddings: int = 4096
    full_attention_interval: int = 4
    linear_num_value_heads: int = 0
    linear_num_key_heads: int = 0
    linear_key_head_dim: int = 0
    linear_value_head_dim: int = 0
    linear_conv_kernel_dim: int = 4
    tie_word_embeddings: bool = False


class _Config(_Text):
    text_config: _Text | None = None


def architecture_of(config: bytes) -> Architecture:
    """The geometry that a config.json describes.

    Raises:
        msgspec.MsgspecError: it is no JSON, or a key has a value of another kind.
    """
    whole = msgspec.json.decode(config, type=_Config)
    text = whole.text_config or whole
    hybrid = text.linear_num_value_heads > 0
    return Architecture(
        hidden=text.hidden_size,
        layers=text.num_hidden_layers,
        heads=text.num_attention_heads,
        kv_heads=text.num_key_value_heads or text.num_attention_heads,
        head_dim=text.head_dim or text.hidden_size // max(1, text.num_attention_heads),
        intermediate=text.intermediate_size,
        vocabulary=text.vocab_size,
        context=text.max_position_embeddings,
        model_type=whole.model_type,
        attention_every=text.full_attention_interval if hybrid else 0,
        gated_query=hybrid,
        linear_value_heads=text.linear_num_value_heads,
        linear_key_heads=text.linear_num_key_heads,
        linear_key_dim=text.linear_key_head_dim,
        linear_value_dim=text.linear_value_head_dim,
        convolution=text.linear_conv_kernel_dim if hybrid else 0,
        tied=text.tie_word_embeddings,
    )
