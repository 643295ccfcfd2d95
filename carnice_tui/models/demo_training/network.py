"""The demo model in PyTorch: a dense Qwen3, with the parameter names its checkpoints use."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from carnice_tui.models.demo_training.attention import attend

CLASSES = 128
"""Room for the classes of bugs in the training's own classifier, which is not exported."""
CLASSIFIER_SHARE = 0.5


@dataclass(frozen=True)
class Shape:
    """The size of the network; chosen by what a CPU trains fastest under 12 MB of weights."""

    vocabulary: int = 3584
    hidden: int = 256
    layers: int = 6
    heads: int = 8
    kv_heads: int = 4
    head_dim: int = 32
    feed_forward: int = 640
    context: int = 4096
    rope_base: float = 10_000.0
    norm_epsilon: float = 1e-6

    def config(self) -> dict[str, object]:
        """The `config.json` that mlx-lm and transformers read."""
        return {
            "architectures": ["Qwen3ForCausalLM"],
            "model_type": "qwen3",
            "hidden_size": self.hidden,
            "num_hidden_layers": self.layers,
            "intermediate_size": self.feed_forward,
            "num_attention_heads": self.heads,
            "num_key_value_heads": self.kv_heads,
            "head_dim": self.head_dim,
            "rms_norm_eps": self.norm_epsilon,
            "vocab_size": self.vocabulary,
            "max_position_embeddings": self.context,
            "rope_theta": self.rope_base,
            "tie_word_embeddings": True,
            "attention_bias": False,
            "hidden_act": "silu",
            "torch_dtype": "float32",
        }


def rotary_table(shape: Shape, length: int) -> tuple[Tensor, Tensor]:
    """Cosines and sines, each `(length, head_dim / 2)`."""
    half = shape.head_dim // 2
    frequencies = shape.rope_base ** (-torch.arange(half) / half)
    angles = torch.arange(length)[:, None] * frequencies
    return angles.cos(), angles.sin()


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary positions on `x` of `(batch, heads, length, head_dim)`, halves paired as in Qwen."""
    first, second = x.chunk(2, dim=-1)
    return torch.cat((first * cos - second * sin, second * cos + first * sin), dim=-1)


class Attention(nn.Module):
    """Grouped-query attention with a norm on queries and keys."""

    def __init__(self, shape: Shape):
        super().__init__()
        self.shape = shape
        self.q_proj = nn.Linear(shape.hidden, shape.heads * shape.head_dim, bias=False)
        self.k_proj = nn.Linear(shape.hidden, shape.kv_heads * shape.head_dim, bias=False)
        self.v_proj = nn.Linear(shape.hidden, shape.kv_heads * shape.head_dim, bias=False)
        self.o_proj = nn.Linear(shape.heads * shape.head_dim, shape.hidden, bias=False)
        self.q_norm = nn.RMSNorm(shape.head_dim, eps=shape.norm_epsilon)
        self.k_norm = nn.RMSNorm(shape.head_dim, eps=shape.norm_epsilon)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        """Causal attention over `x` of `(batch, length, hidden)`."""
        batch, length, _ = x.shape
        shape = self.shape
        q = self.q_proj(x).view(batch, length, shape.heads, shape.head_dim)
        k = self.k_proj(x).view(batch, length, shape.kv_heads, shape.head_dim)
        v = self.v_proj(x).view(batch, length, shape.kv_heads, shape.head_dim).transpose(1, 2)
        q = rotate(self.q_norm(q).transpose(1, 2), cos, sin).to(v.dtype)
        k = rotate(self.k_norm(k).transpose(1, 2), cos, sin).to(v.dtype)
        mixed = attend(q, k, v)
        return self.o_proj(mixed.transpose(1, 2).reshape(batch, length, -1))


class FeedForward(nn.Module):
    """SwiGLU."""

    def __init__(self, shape: Shape):
        super().__init__()
        self.gate_proj = nn.Linear(shape.hidden, shape.feed_forward, bias=False)
        self.up_proj = nn.Linear(shape.hidden, shape.feed_forward, bias=False)
        self.down_proj = nn.Linear(shape.feed_forward, shape.hidden, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """The block's own output, to be added to the residual stream."""
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Layer(nn.Module):
    """One pre-norm transformer layer."""

    def __init__(self, shape: Shape):
        super().__init__()
        self.input_layernorm = nn.RMSNorm(shape.hidden, eps=shape.norm_epsilon)
        self.self_attn = Attention(shape)
        self.post_attention_layernorm = nn.RMSNorm(shape.hidden, eps=shape.norm_epsilon)
        self.mlp = FeedForward(shape)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        """Residual stream in, residual stream out."""
        x = x + self.self_attn(self.input_layernorm(x), cos, sin)
        return x + self.mlp(self.post_attention_layernorm(x))


class Network(nn.Module):
    """Embedding, layers, norm; the head is the embedding again."""

    def __init__(self, shape: Shape):
        super().__init__()
        self.shape = shape
        self.embed_tokens = nn.Embedding(shape.vocabulary, shape.hidden)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.norm = nn.RMSNorm(shape.hidden, eps=shape.norm_epsilon)
        self.classifier = nn.Linear(shape.hidden, CLASSES)
        cos, sin = rotary_table(shape, shape.context)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Small embeddings, fan-in matrices, outputs scaled down with depth."""
        nn.init.normal_(self.embed_tokens.weight, std=0.05)
        for name, parameter in self.layers.named_parameters():
            if parameter.ndim == 2:
                scale = 1.0 if "o_proj" not in name and "down_proj" not in name else 0.02
                nn.init.normal_(parameter, std=scale * parameter.shape[1] ** -0.5)
            elif "q_norm" in name or "k_norm" in name:
                # Sharper attention from the start; copying needs it and the norm caps the logits.
                nn.init.constant_(parameter, 1.4)

    def forward(self, ids: Tensor) -> Tensor:
        """Hidden states after the last norm, `(batch, length, hidden)`."""
        x = self.embed_tokens(ids)
        cos, sin = self.cos[: ids.shape[1]], self.sin[: ids.shape[1]]
        for layer in self.layers:
            x = layer(x, cos, sin)
        return self.norm(x)

    def loss(
        self,
        ids: Tensor,
        positions: Tensor,
        weights: Tensor,
        label_positions: Tensor,
        labels: Tensor,
        label_weights: Tensor,
    ) -> Tensor:
        """Weighted cross entropy of the tokens that follow `positions` (flat indexes into `ids`).

        Only there is the head computed: most of a sequence is prompt, and the head is a quarter of
        the work. Added to it: the classifier's loss at `label_positions`. One word of an answer
        names the class; the classifier says so to the network directly, at the wrong line itself.
        """
        states = self(ids).reshape(-1, self.shape.hidden)
        hidden = states.index_select(0, positions)
        logits = F.linear(hidden, self.embed_tokens.weight).float()
        targets = ids.reshape(-1).index_select(0, positions + 1)
        losses = F.cross_entropy(logits, targets, reduction="none")
        loss = (losses * weights).sum() / weights.sum().clamp(min=1.0)
        guesses = self.classifier(states.index_select(0, label_positions)).float()
        label_losses = F.cross_entropy(guesses, labels, reduction="none") * label_weights
        return loss + CLASSIFIER_SHARE * label_losses.sum() / label_weights.sum().clamp(min=1.0)


def checkpoint_tensors(network: Network) -> dict[str, Tensor]:
    """The weights under the names of a Qwen3 checkpoint."""
    return {
        f"model.{name}": tensor.detach().float().cpu().contiguous()
        for name, tensor in network.state_dict().items()
        if not name.startswith("classifier.")
    }
