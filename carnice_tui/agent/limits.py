"""How much a tool may take and give: a local model's window is small, and its attention smaller."""

from dataclasses import dataclass, replace

RESULT_SHARE = 0.15
"""Of the context window, for one result: what is left must hold the rest of the task."""

BYTES_A_TOKEN = 3
"""Source code, measured low: a result that is a little too short can be asked for again."""


@dataclass(frozen=True)
class Limits:
    """What one call may take and give. Sizes are bytes of UTF-8 unless they say otherwise."""

    result_bytes: int = 16_384
    result_lines: int = 400
    file_bytes: int = 1_000_000
    """The largest file that is read, searched or edited."""
    search_files: int = 20_000
    command_seconds: float = 60.0
    search_seconds: float = 10.0
    output_bytes: int = 16 * 1024 * 1024
    """A command that writes more is stopped: nothing of it would be read anyway."""

    def for_window(self, tokens: int) -> "Limits":
        """The same for a context window of so many tokens (0: not known)."""
        if not tokens:
            return self
        share = int(tokens * RESULT_SHARE * BYTES_A_TOKEN)
        return replace(self, result_bytes=max(1_000, min(self.result_bytes, share)))


def cut_bytes(text: str, most: int) -> str:
    """The beginning of `text`, at most so many bytes, no character cut in two."""
    data = text.encode("utf-8", "surrogatepass")
    return text if len(data) <= most else data[:most].decode("utf-8", "ignore")


def first_lines(lines: list[str], limits: Limits) -> list[str]:
    """As many of `lines` as a result holds; the first is there in any case, cut if it must be."""
    kept: list[str] = []
    left = limits.result_bytes
    for line in lines[: limits.result_lines]:
        left -= len(line.encode("utf-8", "surrogatepass")) + 1
        if left < 0:
            break
        kept.append(line)
    return kept or [cut_bytes(line, limits.result_bytes) for line in lines[:1]]


def head_and_tail(lines: list[str], limits: Limits) -> list[str]:
    """The first and the last lines, where all of them are more than a result holds."""
    whole = first_lines(lines, limits)
    if len(whole) == len(lines) and whole == lines:
        return lines
    half = replace(
        limits,
        result_bytes=limits.result_bytes // 2,
        result_lines=limits.result_lines // 2,
    )
    head = first_lines(lines, half)
    tail = first_lines([line[::-1] for line in reversed(lines[len(head) :])], half)
    tail = [line[::-1] for line in reversed(tail)]
    left_out = len(lines) - len(head) - len(tail)
    mark = [f"… {left_out:,} lines left out …"] if left_out else []
    return [*head, *mark, *tail]
