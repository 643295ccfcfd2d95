"""Which variants fit this machine at which context, how fast they can be, and which to take."""

from collections.abc import Iterable
from typing import Literal

import msgspec

from carnice_tui.models.architecture import architecture_of
from carnice_tui.models.catalog import Catalogue, Variant
from carnice_tui.models.installed import variant_folder, weight_bytes
from carnice_tui.models.machine import Machine
from carnice_tui.models.memory import CPU_OVERHEAD, KV_STEP, OVERHEAD, SNAPSHOTS, Load

SNAPSHOT_BYTES = 2 * 1024**3
"""The engine keeps snapshots of recurrent state up to this, as a conversation goes on."""

EFFICIENCY = 0.85
"""Of the bandwidth limit that decoding reaches on a Mac: 80-91 % in the cards' own figures."""

MINIMUM_CONTEXT = 2048
"""Tokens under which a conversation makes no sense."""

Verdict = Literal["fits", "tight", "too large", "unknown"]


class Fit(msgspec.Struct, frozen=True):
    """How a variant does on a machine at `context` tokens. Sizes in bytes, speeds in tok/s.

    `state` is the live recurrent state and those kept in a turn; `overhead` libraries and
    activations. `tight`: it runs, but leaves no room for all the snapshots that a long conversation
    takes. `longest_context` is what the memory holds (at most the model's own).
    `speed_limit` is bandwidth over bytes read a token; `expected_speed` what of it is
    usually reached.
    """

    variant: Variant
    context: int
    verdict: Verdict
    weights: int = 0
    kv: int = 0
    state: int = 0
    overhead: int = 0
    room: int = 0
    longest_context: int = 0
    speed_limit: float | None = None
    downloaded: bool = False

    @property
    def needed(self) -> int:
        """Bytes in all."""
        return self.weights + self.kv + self.state + self.overhead

    @property
    def expected_speed(self) -> float | None:
        """What decoding should reach."""
        return None if self.speed_limit is None else self.speed_limit * EFFICIENCY

    @property
    def runs(self) -> bool:
        """Whether it can be loaded here at all, as far as is known."""
        return self.verdict in ("fits", "tight")


class Recommendation(msgspec.Struct, frozen=True):
    """Which variant to take here, and why."""

    fit: Fit
    reason: str


def load_of(catalogue: Catalogue, variant: Variant, machine: Machine) -> Load | None:
    """What `variant` weighs here: from its files, its recipe, or its stated size, in that order."""
    half = 4 if machine.backend == "cpu" else 2
    architecture = catalogue.architecture(variant)
    rows = catalogue.plan(variant)
    folder = variant_folder(variant)
    if folder is not None and (weights := weight_bytes(folder, half)) is not None:
        try:
            architecture = architecture_of((folder / "config.json").read_bytes())
        except (msgspec.MsgspecError, OSError):
            architecture = architecture or None
    elif rows is not None:
        weights = sum(row.bytes_with_floats_of(half) for row in rows)
    elif variant.size:
        weights = variant.size
    else:
        return None
    # Of the embedding, one row is read for a token.
    embedding = next(
        (
            row.bytes_with_floats_of(half)
            for row in rows or ()
            if row.tensor.path.endswith("embed_tokens")
        ),
        0,
    )
    return Load(weights, weights - embedding, architecture, half)


def fit(catalogue: Catalogue, variant: Variant, machine: Machine, context: int) -> Fit:
    """How `variant` does on `machine` with `context` tokens in use (0: its longest)."""
    load = load_of(catalogue, variant, machine)
    if load is None or variant.kind != "mlx":
        return Fit(variant, context, "unknown", downloaded=variant_folder(variant) is not None)
    own = load.architecture.context if load.architecture else 0
    context = min(context, own) if context and own else context or own
    states = load.state_bytes * (1 + SNAPSHOTS)
    overhead = _overhead(load, machine, context)
    needed = load.weights + states + overhead + load.kv_bytes(context)
    more = min(SNAPSHOT_BYTES, 14 * load.state_bytes) - load.state_bytes * SNAPSHOTS
    verdict: Verdict = "fits" if needed + max(0, more) <= machine.room else "tight"
    return Fit(
        variant,
        context,
        verdict if needed <= machine.room else "too large",
        load.weights,
        load.kv_bytes(context),
        states,
        overhead,
        machine.room,
        _longest(load, machine, own),
        speed_limit(load, machine, context),
        variant_folder(variant) is not None,
    )


def _overhead(load: Load, machine: Machine, context: int) -> int:
    """Bytes of libraries and activations."""
    known = OVERHEAD.get(machine.backend)
    return CPU_OVERHEAD + load.working_bytes(context) if known is None else known


def _longest(load: Load, machine: Machine, own: int) -> int:
    """The longest context that fits: found by halving, as activations grow with it too."""
    fixed = load.weights + load.state_bytes * (1 + SNAPSHOTS)

    def holds(steps: int) -> bool:
        context = steps * KV_STEP
        needed = fixed + load.kv_bytes(context) + _overhead(load, machine, context)
        return needed <= machine.room

    low, high = 0, -(-own // KV_STEP)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if holds(middle) else (low, middle - 1)
    return min(own, low * KV_STEP)


def speed_limit(load: Load, machine: Machine, context: int) -> float | None:
    """Tokens a second that the memory's bandwidth allows; None where it is not known."""
    if machine.bandwidth is None:
        return None
    # Nothing is read here for a model that runs elsewhere.
    read = load.streamed + load.kv_bytes(context) + load.state_bytes
    return machine.bandwidth * 1e9 / read if read else None


def fits(
    catalogue: Catalogue,
    machine: Machine,
    context: int,
    variants: Iterable[Variant] | None = None,
) -> list[Fit]:
    """All variants (or `variants`) on `machine`."""
    chosen = catalogue.variants if variants is None else variants
    return [fit(catalogue, variant, machine, context) for variant in chosen]


PREFERENCE = (
    ("carnice-6bit", "the closest to the original weights of the three that the card publishes"),
    ("carnice-mixed_3_6", "the card's recommendation: the fastest and smallest"),
    ("carnice-4bit", "the card's conservative choice: plain affine 4-bit"),
)
"""Carnice's variants, the best quality first, with what its card says for each."""

QUALITY_SPEED = 10.0
"""tok/s. Under this the quality tier is too slow to talk with (a fast reader reads at 7-10)."""


def recommend(
    catalogue: Catalogue, machine: Machine, context: int, family: str = "carnice"
) -> Recommendation | None:
    """The variant of `family` to take on `machine`; None if none fits.

    After the card: the quality tier where it fits with room to spare and is fast enough,
    else the fastest and smallest, else whatever is small enough.
    """
    found = fits(catalogue, machine, context, [v for v in catalogue.variants if v.family == family])
    by_name = {one.variant.name: one for one in found if one.runs}
    for name, praise in PREFERENCE:
        one = by_name.get(name)
        if one is None:
            continue
        if name == "carnice-6bit" and not _is_comfortable(one):
            continue
        return Recommendation(one, f"{praise}; {_room_left(one)}")
    rest = sorted(by_name.values(), key=lambda one: one.weights)
    if not rest:
        return None
    best = next((one for one in reversed(rest) if one.verdict == "fits"), rest[0])
    return Recommendation(best, f"the largest that fits comfortably; {_room_left(best)}")


def _is_comfortable(one: Fit) -> bool:
    speed = one.expected_speed
    return one.verdict == "fits" and (speed is None or speed >= QUALITY_SPEED)


def _room_left(one: Fit) -> str:
    return (
        f"it needs {one.needed / 1e9:.1f} of {one.room / 1e9:.1f} GB at {one.context:,} tokens "
        f"and can hold {one.longest_context:,}"
    )


def what_would_fit(catalogue: Catalogue, machine: Machine, wanted: Fit) -> list[Fit]:
    """Variants of the same family that do fit, the largest first: for one that does not."""
    family = [
        v
        for v in catalogue.variants
        if v.family == wanted.variant.family and v.name != wanted.variant.name
    ]
    found = fits(catalogue, machine, wanted.context, family)
    return sorted((one for one in found if one.runs), key=lambda one: -one.weights)
