"""Decode speed through the app beside bare mlx-lm, in one run, interleaved.

    python -m tests.perf.decode_ratio MODEL_FOLDER [--pairs 7] [--tokens 300]

Each pair runs the whole app in a pseudo-terminal (its screen is read and thrown away, as a
terminal would) and then `mlx_lm.stream_generate` alone in a fresh process, on the same prompt,
greedily, with the same BLAS. Both figures count n - 1 intervals for n tokens. What is reported
is the ratio of each pair. The app runs a copy of the model in which no token it draws ends a turn,
so that every answer has all its tokens.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from carnice_tui.engine.process import worker_environment
from tests.ui.terminal import Terminal

PROMPT = "Tell me everything you can do, with a list, a table and an example."

BARE = """
import json, sys, time
import mlx.core as mx, mlx_lm
folder, prompt, tokens = sys.argv[1], sys.argv[2], int(sys.argv[3])
model, tokenizer = mlx_lm.load(folder)
model.set_dtype(mx.float32)
text = tokenizer.apply_chat_template(
    [{"role": "user", "content": prompt}],
    add_generation_prompt=True, tokenize=False, enable_thinking=False)
ids = tokenizer.encode(text, add_special_tokens=False)
tokenizer.eos_token_ids = set()
times = []
for response in mlx_lm.stream_generate(model, tokenizer, ids, max_tokens=tokens):
    times.append(time.perf_counter())
times = times[:-1]  # the last response repeats the end
print(json.dumps((len(times) - 1) / (times[-1] - times[0])))
"""


def endless(folder: Path, copy: Path) -> Path:
    """The model under other settings: only the end of a text, which is never drawn, ends a turn."""
    copy.mkdir()
    for path in folder.iterdir():
        (copy / path.name).symlink_to(path.resolve())
    for name, keys in (
        ("tokenizer_config.json", {"eos_token": "<|endoftext|>"}),
        ("generation_config.json", {"eos_token_id": []}),
        ("config.json", {"eos_token_id": []}),
    ):
        settings = json.loads((folder / name).read_text()) | keys
        (copy / name).unlink()
        (copy / name).write_text(json.dumps(settings))
    return copy


def bare(folder: Path, tokens: int) -> float:
    """Tokens per second of mlx-lm alone."""
    done = subprocess.run(
        [sys.executable, "-c", BARE, str(folder), PROMPT, str(tokens)],
        env=worker_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return float(json.loads(done.stdout))


def through_the_app(folder: Path, tokens: int) -> tuple[float, int]:
    """Tokens per second and tokens of a turn, from the session file that the app wrote."""
    with tempfile.TemporaryDirectory() as home:
        terminal = Terminal(
            *("-m", "carnice_tui", "--model", str(folder), "--temperature", "0"),
            *("--thinking", "off", "--max-tokens", str(tokens)),
            columns=120,
            rows=40,
            CARNICE_DATA_DIR=f"{home}/data",
            CARNICE_STATE_DIR=f"{home}/state",
            CARNICE_CONFIG_DIR=f"{home}/config",
            PYTHONPATH=os.environ.get("PYTHONPATH", str(Path.cwd())),
        )
        try:
            terminal.until("Message", patience=60)
            terminal.send(PROMPT + "\r")
            terminal.until("first token", patience=300)
        finally:
            terminal.kill()
        (session,) = Path(home, "data", "sessions").glob("*.jsonl")
        records = [json.loads(line) for line in session.read_text().splitlines()]
        (stats,) = [
            record["event"]["stats"]
            for record in records
            if record.get("event", {}).get("type") == "turn_finished"
        ]
        return stats["decode_tps"], stats["answer_tokens"]


def main() -> None:
    """Run the pairs and print what they gave."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--tokens", type=int, default=300)
    arguments = parser.parse_args()
    ratios: list[float] = []
    with tempfile.TemporaryDirectory() as temporary:
        model = endless(arguments.folder, Path(temporary) / arguments.folder.name)
        for pair in range(arguments.pairs):
            ours, tokens = through_the_app(model, arguments.tokens)
            theirs = bare(arguments.folder, tokens)
            ratios.append(ours / theirs)
            print(f"pair {pair + 1}: app {ours:7.1f} tok/s, bare {theirs:7.1f}, {ratios[-1]:.3f}")
    print(
        f"{tokens} tokens, {len(ratios)} pairs: median {statistics.median(ratios):.3f}, "
        f"from {min(ratios):.3f} to {max(ratios):.3f}"
    )


if __name__ == "__main__":
    main()
