"""Our byte-level BPE: small, with Qwen's special tokens, cut so that names can be copied.

A name must be the same tokens wherever it stands, or copying it needs a spelling table. So a word
never carries its leading space unless it is one of a closed list of function words; case and
underscores end a piece; digits stand alone; punctuation carries its spaces (" = ", ", ").
"""

import argparse
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from carnice_tui.models.demo_training.tokenizer_text import (
    FUNCTION_WORDS,
    KEYWORDS,
    seed_text,
)

SPECIAL_TOKENS: tuple[str, ...] = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<think>",
    "</think>",
    "<tool_call>",
    "</tool_call>",
    "<tool_response>",
    "</tool_response>",
)
# Qwen marks only the control tokens as special; the others stay visible in decoded text.
CONTROL_TOKENS: tuple[str, ...] = SPECIAL_TOKENS[:3]
VOCABULARY_SIZE = 3584
MAX_LENGTH = 4096

TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja")
MODEL_FOLDER = Path(__file__).resolve().parent.parent / "demo"


def split_pattern() -> str:
    """The regular expression that cuts text into the pieces BPE may merge inside."""
    keywords = "|".join(KEYWORDS)
    words = "|".join(FUNCTION_WORDS)
    return "|".join(
        (
            rf"\b(?:{keywords}) (?=\S)",
            rf" (?:{words})(?![\w])",
            r"[A-Z]?[a-z]+",
            r"[A-Z]+(?![a-z])",
            r"[0-9]",
            r"_",
            r"\s*\n[ \t]*",
            r" ?[^\sA-Za-z0-9_]+ ?",
            r"[ \t]+",
            r"\s",
            r".",
        )
    )


def train_tokenizer(texts: Iterable[str]) -> Tokenizer:
    """Train the BPE on `texts`; special tokens take the last ids."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(split_pattern()), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY_SIZE - len(SPECIAL_TOKENS),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    if tokenizer.get_vocab_size() != VOCABULARY_SIZE - len(SPECIAL_TOKENS):
        raise ValueError(f"the corpus is too small: only {tokenizer.get_vocab_size()} entries")
    return tokenizer


def tokenizer_json(tokenizer: Tokenizer) -> dict[str, object]:
    """The tokenizer's JSON with Qwen's special tokens after the trained entries."""
    data = json.loads(tokenizer.to_str())
    first = VOCABULARY_SIZE - len(SPECIAL_TOKENS)
    data["added_tokens"] = [
        {
            "id": first + position,
            "content": token,
            "single_word": False,
            "lstrip": False,
            "rstrip": False,
            "normalized": False,
            "special": token in CONTROL_TOKENS,
        }
        for position, token in enumerate(SPECIAL_TOKENS)
    ]
    return data


def save_tokenizer(tokenizer: Tokenizer, folder: Path) -> None:
    """Write tokenizer.json and tokenizer_config.json; the chat template lies there already."""
    folder.mkdir(parents=True, exist_ok=True)
    data = tokenizer_json(tokenizer)
    (folder / "tokenizer.json").write_text(
        json.dumps(data, ensure_ascii=False, separators=(",", ":")), encoding="utf-8"
    )
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "eos_token": "<|im_end|>",
        "pad_token": "<|endoftext|>",
        "bos_token": None,
        "unk_token": None,
        "clean_up_tokenization_spaces": False,
        "model_max_length": MAX_LENGTH,
        "tool_parser_type": "qwen3_coder",
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")


def load_tokenizer(folder: Path = MODEL_FOLDER) -> Tokenizer:
    """The shipped tokenizer, as the `tokenizers` library reads it."""
    return Tokenizer.from_file(str(folder / "tokenizer.json"))


def training_texts() -> Iterator[str]:
    """What the tokenizer is trained on: word lists, code idioms and the app's own sentences."""
    yield from seed_text()


def main() -> None:
    """Train the tokenizer and write it into the model folder."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--output", type=Path, default=MODEL_FOLDER)
    folder: Path = parser.parse_args().output
    save_tokenizer(train_tokenizer(training_texts()), folder)
    print(f"wrote {folder / 'tokenizer.json'}")


if __name__ == "__main__":
    main()
