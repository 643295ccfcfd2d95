"""Tiny random models of the two shapes that matter: dense attention, and Qwen3.5's hybrid."""

import json
import random
from pathlib import Path

import mlx.core as mx
from mlx.utils import tree_flatten, tree_map
from mlx_lm.models import qwen3, qwen3_5
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

TEMPLATE = Path(__file__).resolve().parents[2] / "carnice_tui/models/demo/chat_template.jinja"
SPECIAL = [
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<think>",
    "</think>",
    "<tool_call>",
    "</tool_call>",
    "<tool_response>",
    "</tool_response>",
]
WINDOW = 2048


def build_tokenizer(folder: Path) -> int:
    """A byte-level BPE of about 500 entries in `folder`; gives the vocabulary's size."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    words = ["system", "user", "assistant", "\n\n", "the", "bug", "FIX", "return", " await", "."]
    draw = random.Random(7)
    text = [" ".join(draw.choices(words, k=20)) for _ in range(50)]
    trainer = trainers.BpeTrainer(
        vocab_size=500,
        special_tokens=[],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(text, trainer)
    tokenizer.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in SPECIAL])
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "eos_token": "<|im_end|>",
        "pad_token": "<|endoftext|>",
        "model_max_length": WINDOW,
        "clean_up_tokenization_spaces": False,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    (folder / "chat_template.jinja").write_text(TEMPLATE.read_text())
    return tokenizer.get_vocab_size()


def build_dense(folder: Path) -> Path:
    """A `qwen3` of about 0.3 M parameters."""
    folder.mkdir(parents=True)
    vocabulary = build_tokenizer(folder)
    mx.random.seed(11)  # some parameters are drawn when the model is made
    config = {
        "model_type": "qwen3",
        "hidden_size": 64,
        "num_hidden_layers": 3,
        "intermediate_size": 128,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 16,
        "rms_norm_eps": 1e-6,
        "vocab_size": vocabulary,
        "max_position_embeddings": WINDOW,
        "rope_theta": 10000.0,
        "tie_word_embeddings": False,
    }
    return _save(qwen3.Model(qwen3.ModelArgs.from_dict(config)), config, folder)


def build_endless(folder: Path) -> Path:
    """The dense model, except that it never ends an answer: greedy runs go on to the limit."""
    build_dense(folder)
    path = folder / "model.safetensors"
    weights = mx.load(str(path))
    head = weights["lm_head.weight"]
    for token in ("<|im_end|>", "<|endoftext|>", "</think>"):
        head[json_id(folder, token)] = 0.0  # others are far from zero: one of them wins
    mx.save_safetensors(str(path), weights, metadata={"format": "mlx"})
    return folder


def build_hybrid(folder: Path, **geometry: int) -> Path:
    """A `qwen3_5` of three gated-delta layers and one attention layer; `geometry` changes it."""
    folder.mkdir(parents=True)
    vocabulary = build_tokenizer(folder)
    mx.random.seed(11)  # some parameters are drawn when the model is made
    text = {
        "model_type": "qwen3_5_text",
        "hidden_size": 64,
        "num_hidden_layers": 4,
        "intermediate_size": 128,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 32,
        "linear_num_value_heads": 4,
        "linear_num_key_heads": 2,
        "linear_key_head_dim": 16,
        "linear_value_head_dim": 16,
        "linear_conv_kernel_dim": 4,
        "full_attention_interval": 4,
        "rms_norm_eps": 1e-6,
        "vocab_size": vocabulary,
        "max_position_embeddings": WINDOW,
        "tie_word_embeddings": False,
    } | geometry
    config = {"model_type": "qwen3_5", "text_config": text}
    return _save(qwen3_5.Model(qwen3_5.ModelArgs.from_dict(config)), config, folder)


def _save(model, config: dict, folder: Path) -> Path:
    """Random weights, wide enough that greedy answers vary from token to token."""
    mx.random.seed(11)
    weights = tree_map(
        lambda w: mx.random.normal(w.shape) * 0.25 if w.ndim > 1 else w, model.parameters()
    )
    model.update(weights)
    mx.eval(model.parameters())
    mx.save_safetensors(
        str(folder / "model.safetensors"),
        dict(tree_flatten(model.parameters())),
        metadata={"format": "mlx"},
    )
    config["eos_token_id"] = [json_id(folder, "<|im_end|>")]
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def json_id(folder: Path, token: str) -> int:
    """The id of a special token."""
    content = json.loads((folder / "tokenizer.json").read_text())
    return next(t["id"] for t in content["added_tokens"] if t["content"] == token)
