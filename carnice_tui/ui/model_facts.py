"""The models there are as the person at this machine needs to know them, in words."""

import asyncio
from dataclasses import dataclass

from textual.content import Content

from carnice_tui.core.quantities import gigabytes, thousands
from carnice_tui.core.sanitize import sanitize_line
from carnice_tui.models.catalog import Catalogue, Variant, load_catalogue
from carnice_tui.models.fit import Fit, Recommendation, fits, recommend, what_would_fit
from carnice_tui.models.installed import hub_cache
from carnice_tui.models.machine import Machine, this_machine
from carnice_tui.ui.keys import key_of
from carnice_tui.ui.screens.picker import Choice

CONTEXT = 8192
"""Tokens at which models are compared where the settings name no window: a long conversation."""

BOUND_BY_BANDWIDTH = 1_000_000_000
"""Bytes of weights; of a smaller model other things than reading them take the time."""

_WIDTHS = (7, 10, 8, 10, 4)

_NOT_RUN = {
    "source": "An original, made to be converted: carnice-chat models convert.",
    "gguf": "MLX does not run GGUF: serve it with llama-server and use its address.",
}


@dataclass(frozen=True)
class ModelFacts:
    """What fits here at `context` tokens. `others` are repositories in the hub's cache that no
    catalogue names."""

    catalogue: Catalogue
    machine: Machine
    context: int
    fits: tuple[Fit, ...]
    recommended: Recommendation | None
    others: tuple[str, ...] = ()

    def fit(self, name: str) -> Fit | None:
        """How the model of that name, or repository, does here."""
        variant = self.catalogue.find(name)
        return next((one for one in self.fits if one.variant == variant), None)

    def choices(self) -> list[Choice]:
        """One line each: what fits first, then what does not, then what MLX does not run."""
        ordered = sorted(self.fits, key=_rank)
        width = max((len(one.variant.name) for one in ordered), default=0)
        found = [
            Choice(one.variant.name, one.variant.name, columns=self._line(one, width))
            for one in ordered
        ]
        return found + [Choice(name, f"  {name}", "on this machine") for name in self.others]

    def told(self, name: str) -> str:
        """What choosing `name` would mean, in a few lines."""
        one = self.fit(name)
        if one is None:
            return "On this machine, in no catalogue: what it needs is known once it is loaded."
        lines = [_what_it_is(one.variant), *self._memory(one)]
        if one.runs:
            lines.append(_speed(one))
            lines.append(_place(one))
        if self.recommended is not None and one.variant == self.recommended.fit.variant:
            lines.append(f"★ Recommended here: {self.recommended.reason}.")
        return "\n".join(sanitize_line(line) for line in lines if line)

    def machine_line(self) -> str:
        """This machine in a line."""
        machine = self.machine
        bandwidth = f", {machine.bandwidth:.0f} GB/s" if machine.bandwidth else ""
        chip = machine.chip or "This machine"
        room = gigabytes(machine.room)
        return sanitize_line(f"{chip} ({machine.backend}{bandwidth}): {room} for a model")

    def _line(self, one: Fit, width: int) -> Content:
        recommended = self.recommended
        is_best = recommended is not None and recommended.fit.variant == one.variant
        name = f"{'★' if is_best else ' '} {sanitize_line(one.variant.name).ljust(width)}  "
        facts = "  ".join(text.ljust(to) for text, to in zip(_columns(one), _WIDTHS, strict=True))
        return Content.assemble(
            Content.styled(name, "" if one.runs else "$text-muted"),
            Content.styled(facts.rstrip(), "" if is_best else "$text-muted"),
        )

    def _memory(self, one: Fit) -> list[str]:
        if one.variant.kind != "mlx":
            return [_NOT_RUN[one.variant.kind]]
        if one.verdict == "unknown":
            return ["How much it needs is not known before it is fetched."]
        needs = f"needs {gigabytes(one.needed)} of {gigabytes(one.room)}"
        if one.runs:
            tight = " Tight: long conversations are read again more often." * (
                one.verdict == "tight"
            )
            return [
                f"It {needs} at {one.context:,} tokens and holds up to {one.longest_context:,}."
                + tight
            ]
        names = [other.variant.name for other in self.would_fit(one)]
        instead = f"These would fit: {', '.join(names)}." if names else "None of its family fits."
        return [f"Too large: it {needs} at {one.context:,} tokens. {instead}"]

    def would_fit(self, one: Fit) -> list[Fit]:
        """What of the same family fits, for a model that does not."""
        return what_would_fit(self.catalogue, self.machine, one)


async def model_facts(context: int) -> ModelFacts:
    """The facts at `context` tokens (0: `CONTEXT`); a child process and a thread find them.

    Raises:
        ModelError: the user's own catalogue has a mistake.
    """
    machine = await this_machine()
    return await asyncio.to_thread(facts_for, machine, context or CONTEXT)


def facts_for(machine: Machine, context: int) -> ModelFacts:
    """The facts on `machine`; reads the catalogues and what lies in the hub's cache."""
    catalogue = load_catalogue()
    return ModelFacts(
        catalogue,
        machine,
        context,
        tuple(fits(catalogue, machine, context)),
        recommend(catalogue, machine, context),
        tuple(name for name in _cached() if catalogue.find(name) is None),
    )


def _cached() -> list[str]:
    folder = hub_cache()
    if not folder.is_dir():
        return []
    return sorted(
        entry.name.removeprefix("models--").replace("--", "/")
        for entry in folder.iterdir()
        if entry.name.startswith("models--")
    )


def _rank(one: Fit) -> tuple[int, int, float]:
    kind = 0 if one.variant.kind == "mlx" else 1
    return kind, 0 if one.runs else 1, one.needed


def _columns(one: Fit) -> tuple[str, ...]:
    """Size, whether it fits, the longest context, the speed to expect, whether it is here."""
    size = gigabytes(one.weights).rjust(_WIDTHS[0]) if one.weights else ""
    verdict = {"source": "to convert", "gguf": "llama.cpp", "mlx": one.verdict}[one.variant.kind]
    longest = f"to {thousands(one.longest_context)}" if one.runs else ""
    expected = _expected(one) if one.runs else None
    speed = f"~{expected:.0f} tok/s" if expected else ""
    return size, verdict, longest, speed, "here" if one.downloaded else ""


def _what_it_is(variant: Variant) -> str:
    return " · ".join(filter(None, (variant.title or variant.name, variant.summary)))


def _expected(one: Fit) -> float | None:
    """tok/s; None where it is not the memory's bandwidth that limits."""
    return one.expected_speed if one.weights >= BOUND_BY_BANDWIDTH else None


def _speed(one: Fit) -> str:
    if (expected := _expected(one)) and one.speed_limit:
        return f"About {expected:.0f} tok/s expected; the bandwidth allows {one.speed_limit:.0f}."
    reported = one.variant.figure("decode_tps")
    if reported is None:
        return ""
    return (
        "How fast it is here is not known; "
        f"its card reports {reported.value:g} tok/s on {reported.hardware}."
    )


def _place(one: Fit) -> str:
    if one.variant.bundled:
        return "Comes with the app."
    if one.downloaded:
        return "On this machine."
    size = one.variant.size or one.weights
    return f"Not on this machine: {key_of('lists.choose')} fetches {gigabytes(size)} first."
