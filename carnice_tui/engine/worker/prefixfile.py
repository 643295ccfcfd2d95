"""Prefixes on disk: a system prompt and its tools, read once, cost a file read ever after.

Only what precedes the user's first word is kept, never what was said. A file is written
beside its place and moved there, for this user alone; it is used only if it belongs to this
user, to this very model, and is whole to the last bit. Else it is removed and its prompt read.
"""

import contextlib
import hashlib
import json
import math
import os
import stat
import tempfile
from array import array
from importlib.metadata import version
from pathlib import Path

import mlx.core as mx

from carnice_tui.core.errors import CarniceError
from carnice_tui.core.events import ModelLoaded
from carnice_tui.core.safetensors import MalformedShard, read_header
from carnice_tui.engine.worker.layers import shapes_after
from carnice_tui.engine.worker.mlxlm import Model, load_arrays, raw_bytes, save_arrays, tokens_of
from carnice_tui.engine.worker.prefix import PrefixCache

FORMAT = 1
"""Goes up when what a file holds changes its meaning."""

LEAST_TOKENS = 256
"""Shorter prefixes are read as fast as their file."""

SUFFIX = ".prefix"
IDS = "ids"

_DTYPES = {mx.float32: "F32", mx.float16: "F16", mx.bfloat16: "BF16", mx.uint32: "U32"}


class PrefixRefused(CarniceError):
    """A file that is not used; the message says why."""


def identity_of(loaded: ModelLoaded) -> str:
    """Names the model to the last bit: another one may not use its prefixes.

    A weight file changed in place has another time; one of the hub's is named by its hash.
    """
    digest = hashlib.blake2b(digest_size=16)
    folder = Path(loaded.path)
    files = sorted(folder.glob("*.safetensors"))
    facts = [(f.resolve().name, f.stat().st_size, f.stat().st_mtime_ns) for f in files]
    libraries = [version("mlx"), version("mlx-lm")]
    said = [FORMAT, loaded.fingerprint, str(folder.resolve()), facts, loaded.backend, libraries]
    digest.update(json.dumps(said).encode())
    return digest.hexdigest()


class PrefixFiles:
    """The prefixes of one model in one folder, which other models share."""

    def __init__(self, folder: Path, quota: int, model: Model, identity: str) -> None:
        """`quota`: bytes of all files in the folder; the least recently used go first."""
        self._folder = folder
        self._quota = quota
        self._model = model
        self._identity = identity

    def longest(self, prompt: list[int], *, beyond: int) -> Path | None:
        """The file that knows most of `prompt`, if it knows worthwhile more than `beyond`."""
        for length, path in sorted(self._lengths(), reverse=True):
            if length < beyond + LEAST_TOKENS:
                return None
            if length < len(prompt) and path.name == self._name(prompt[:length]):
                return path
        return None

    def read(self, path: Path, prompt: list[int], snapshot_bytes: int) -> PrefixCache:
        """The cache that `path` holds, and note that it was used.

        Raises:
            PrefixRefused: the file is not what its name says; it has been removed.
        """
        try:
            cache = self._checked(path, prompt, snapshot_bytes)
            os.utime(path)
        except (PrefixRefused, MalformedShard, OSError, RuntimeError, ValueError) as error:
            with contextlib.suppress(OSError):
                path.unlink()
            raise PrefixRefused(
                f"A saved prompt was not used and is removed: {path.name} {error}. "
                "The prompt is read again."
            ) from error
        return cache

    def write(self, cache: PrefixCache, length: int) -> None:
        """Keep the first `length` tokens of `cache`, if they are worth it and not there yet.

        Raises:
            OSError: the folder cannot be written.
        """
        ids = cache.ids[:length]
        target = self._folder / self._name(ids)
        if length < LEAST_TOKENS or target.exists():
            return
        state = cache.state_at(length)
        if state is None:
            return
        arrays = {**state, IDS: mx.array(ids, dtype=mx.uint32)}
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Made for this user alone; mlx names a file that has no suffix of its own.
        handle, name = tempfile.mkstemp(suffix=".safetensors", prefix="new-", dir=self._folder)
        try:
            os.close(handle)
            save_arrays(Path(name), arrays, {"digest": self._digest(arrays)})
            with Path(name).open("rb") as file:
                os.fsync(file.fileno())
            Path(name).replace(target)
        finally:
            Path(name).unlink(missing_ok=True)
        self._keep_quota()

    def _checked(self, path: Path, prompt: list[int], snapshot_bytes: int) -> PrefixCache:
        facts = path.lstat()
        if not stat.S_ISREG(facts.st_mode):
            raise PrefixRefused("is no plain file")
        if facts.st_uid != os.getuid() or facts.st_mode & 0o077:
            raise PrefixRefused("can be written or read by others")
        length = _length_in(path.name)
        cache = PrefixCache(self._model, snapshot_bytes)
        expected = {**shapes_after(self._model, length), IDS: ((length,), mx.uint32)}
        header = read_header(path)
        found = {key: (t.shape, t.dtype, t.nbytes) for key, t in header.items()}
        wanted = {
            key: (shape, _DTYPES.get(dtype), math.prod(shape) * dtype.size)
            for key, (shape, dtype) in expected.items()
        }
        if found != wanted:
            raise PrefixRefused("holds other states than this model's")
        with path.open("rb") as file:
            start = int.from_bytes(file.read(8), "little") + 8
        if facts.st_size != start + sum(nbytes for _, _, nbytes in wanted.values()):
            raise PrefixRefused("is longer than it should be")
        arrays, metadata = load_arrays(path)
        if metadata.get("digest") != self._digest(arrays):
            raise PrefixRefused("is damaged")
        ids = tokens_of(arrays.pop(IDS))
        if ids != prompt[:length]:
            raise PrefixRefused("holds another prompt")
        cache.set_state(ids, arrays)
        return cache

    def _digest(self, arrays: dict[str, mx.array]) -> str:
        digest = hashlib.blake2b(self._identity.encode(), digest_size=32)
        for key, held in sorted(arrays.items()):
            digest.update(json.dumps([key, list(held.shape), str(held.dtype)]).encode())
            digest.update(raw_bytes(held))
        return digest.hexdigest()

    def _name(self, ids: list[int]) -> str:
        said = hashlib.blake2b(
            array("I", ids).tobytes(), digest_size=12, key=self._identity.encode()
        )
        return f"{self._identity[:16]}-{len(ids)}-{said.hexdigest()}{SUFFIX}"

    def _lengths(self) -> list[tuple[int, Path]]:
        found = self._folder.glob(f"{self._identity[:16]}-*{SUFFIX}")
        return [(_length_in(path.name), path) for path in found]

    def _keep_quota(self) -> None:
        files = [(p.lstat().st_mtime_ns, p.lstat().st_size, p) for p in self._folder.iterdir()]
        total = sum(size for _, size, _ in files)
        for _, size, path in sorted(files)[:-1]:
            if total <= self._quota:
                return
            path.unlink(missing_ok=True)
            total -= size


def _length_in(name: str) -> int:
    """The tokens that a file of this name holds; 0 for a name that is none of ours."""
    parts = name.removesuffix(SUFFIX).split("-")
    return int(parts[1]) if len(parts) == 3 and parts[1].isdecimal() else 0
