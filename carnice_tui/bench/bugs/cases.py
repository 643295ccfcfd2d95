"""Pairs of a buggy program and its corrected twin: our own, QuixBugs, HumanEvalPack."""

import difflib
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import msgspec

from carnice_tui.core.errors import CarniceError

OWN = Path(__file__).parent / "pairs"
"""Our own pairs, written for this project; a test proves each of them."""

_LANGUAGES = {
    "Python": "python",
    "JavaScript": "javascript",
    "Java": "java",
    "Go": "go",
    "CPP": "cpp",
    "Rust": "rust",
}
"""HumanEvalPack's names, as a fence has them."""


class DataError(CarniceError):
    """A folder or file holds no pairs that are known; the message says what is expected."""


@dataclass(frozen=True)
class Pair:
    """A buggy program and its corrected twin. `check` is Python that tells them apart."""

    name: str
    language: str
    buggy: str
    fixed: str
    check: str = ""

    @property
    def wrong_lines(self) -> frozenset[int]:
        """The lines of the buggy program, from 1, that the correction changes or follows."""
        matcher = difflib.SequenceMatcher(
            None, self.buggy.splitlines(), self.fixed.splitlines(), autojunk=False
        )
        wrong: set[int] = set()
        for kind, first, end, _, _ in matcher.get_opcodes():
            if kind in ("replace", "delete"):
                wrong.update(range(first + 1, end + 1))
            elif kind == "insert":
                wrong.add(max(1, first))
        return frozenset(wrong)


class _OwnPair(msgspec.Struct):
    name: str
    code: str
    wrong: str
    right: str
    check: str
    language: str = "python"


class _PackItem(msgspec.Struct):
    """A line of HumanEvalPack (MIT, https://github.com/bigcode-project/octopack)."""

    task_id: str
    prompt: str
    canonical_solution: str
    buggy_solution: str


def own_pairs() -> list[Pair]:
    """The pairs that come with carnice-chat."""
    return [pair for path in sorted(OWN.glob("*.toml")) for pair in _own_file(path)]


def read_pairs(data: Path) -> list[Pair]:
    """The pairs in `data`: a QuixBugs checkout, JSON lines of HumanEvalPack, or a folder of
    files in our own form.

    Raises:
        DataError: it is none of these, or cannot be read.
    """
    try:
        if data.is_file():
            pairs = list(_pack_lines(data))
        elif (data / "python_programs").is_dir():
            pairs = list(_quixbugs(data))
        else:
            found = sorted(data.glob("*.jsonl")) + sorted(data.glob("*.json"))
            pairs = [pair for path in found for pair in _pack_lines(path)]
            pairs += [pair for path in sorted(data.glob("*.toml")) for pair in _own_file(path)]
    except OSError as error:
        raise DataError(f"{data} cannot be read: {error.strerror}.") from None
    except (msgspec.MsgspecError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DataError(f"{data} holds no pairs that can be read: {error}.") from None
    if not pairs:
        raise DataError(
            f"There are no pairs in {data}: name a QuixBugs checkout, HumanEvalPack's JSON lines, "
            "or a folder of TOML files like our own."
        )
    return pairs


def _own_file(path: Path) -> Iterator[Pair]:
    content = tomllib.loads(path.read_text("utf-8"))
    for one in msgspec.convert(cast("object", content.get("pair", [])), list[_OwnPair]):
        if one.code.count(one.wrong) != 1:
            raise DataError(f"{path.name}: the wrong lines of {one.name!r} must be in it once.")
        fixed = one.code.replace(one.wrong, one.right)
        yield Pair(one.name, one.language, one.code, fixed, one.check)


def _pack_lines(path: Path) -> Iterator[Pair]:
    decoder = msgspec.json.Decoder(_PackItem)
    for line in path.read_bytes().splitlines():
        if not line.strip():
            continue
        item = decoder.decode(line)
        language = _LANGUAGES.get(item.task_id.split("/")[0], "")
        buggy, fixed = item.prompt + item.buggy_solution, item.prompt + item.canonical_solution
        yield Pair(item.task_id, language, buggy, fixed)


def _quixbugs(checkout: Path) -> Iterator[Pair]:
    """The Python half of QuixBugs (MIT, https://github.com/jkoppel/QuixBugs)."""
    for path in sorted((checkout / "python_programs").glob("*.py")):
        twin = checkout / "correct_python_programs" / path.name
        if path.stem.endswith("_test") or not twin.is_file():
            continue
        buggy, fixed = _program(path), _program(twin)
        if buggy != fixed:
            yield Pair(path.stem, "python", buggy, fixed)


def _program(path: Path) -> str:
    """The code without the description below it, which only one of the twins may have."""
    code = path.read_text("utf-8").replace("\r\n", "\n")
    return code.split('\n"""', 1)[0].rstrip() + "\n"
