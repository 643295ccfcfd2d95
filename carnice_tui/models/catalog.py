"""The catalogue: every variant that can be had, the cards' and the user's own."""

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Literal

import msgspec
import msgspec.toml

from carnice_tui.core import paths
from carnice_tui.core.sanitize import sanitize_line
from carnice_tui.models.architecture import Architecture
from carnice_tui.models.errors import ModelError
from carnice_tui.models.recipes import RECIPES, Row

SHIPPED = Path(__file__).parent / "catalog.toml"

Metric = Literal["decode_tps", "wall_clock", "output_tokens", "perplexity"]
Kind = Literal["mlx", "source", "gguf"]

UNITS: dict[Metric, str] = {
    "decode_tps": "tok/s",
    "wall_clock": "s",
    "output_tokens": "tokens",
    "perplexity": "perplexity",
}


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base: a key that is not known is a mistake, and said."""


class Document(_Entry, frozen=True):
    """Where figures come from."""

    title: str
    url: str = ""


class Figure(_Entry, frozen=True):
    """What a document reports, with the hardware and the conditions it was taken under.

    `value` is in the unit of its metric (`UNITS`); `error` is one standard error;
    `sequence` the length in tokens, where that matters.
    """

    metric: Metric
    value: float
    hardware: str
    conditions: str
    document: str
    error: float | None = None
    sequence: int | None = None


class Family(_Entry, frozen=True):
    """What all variants of a model have in common."""

    title: str
    base: str
    licence: str
    architecture: str = ""
    attribution: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()


class Variant(_Entry, frozen=True):
    """One conversion of a model. `size` is in bytes as its document rounds it (0: unknown).

    A variant lies in `repository` on the hub, in `folder` on this machine, or comes with the
    program (`bundled`). Of kind `source` are originals, which are converted rather than run;
    `gguf` runs in llama.cpp.
    """

    name: str
    title: str = ""
    family: str = ""
    kind: Kind = "mlx"
    repository: str = ""
    folder: str = ""
    bundled: bool = False
    recipe: str = ""
    bits_per_weight: float = 0.0
    size: int = 0
    document: str = ""
    summary: str = ""
    licence: str = ""
    gguf_equivalent: str = ""
    attribution: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    reported: tuple[Figure, ...] = ()

    def figure(self, metric: Metric) -> Figure | None:
        """The first figure of that kind that its document reports."""
        return next((figure for figure in self.reported if figure.metric == metric), None)


class _File(_Entry, frozen=True):
    documents: dict[str, Document] = {}
    architectures: dict[str, Architecture] = {}
    families: dict[str, Family] = {}
    variants: tuple[Variant, ...] = ()


class Catalogue:
    """All variants by name, with what their families share."""

    def __init__(self, file: _File) -> None:
        self.documents = file.documents
        self.families = file.families
        self._architectures = file.architectures
        self.variants = file.variants
        self._plans: dict[str, list[Row] | None] = {}

    @cached_property
    def _by_name(self) -> dict[str, Variant]:
        names = {v.repository.lower(): v for v in self.variants if v.repository}
        return names | {v.name.lower(): v for v in self.variants}

    def find(self, reference: str) -> Variant | None:
        """The variant of that name or repository, upper and lower case alike."""
        return self._by_name.get(reference.lower())

    def family(self, variant: Variant) -> Family | None:
        """What it shares with others; None for a model of the user's that names none."""
        return self.families.get(variant.family)

    def architecture(self, variant: Variant) -> Architecture | None:
        """Its geometry, where the catalogue knows it."""
        family = self.family(variant)
        return self._architectures.get(family.architecture) if family else None

    def plan(self, variant: Variant) -> list[Row] | None:
        """Its tensors and their formats, from recipe and geometry; None if one is unknown."""
        if variant.name not in self._plans:
            architecture = self.architecture(variant)
            recipe = RECIPES.get(variant.recipe)
            plan = recipe.plan(architecture) if architecture and recipe else None
            self._plans[variant.name] = plan
        return self._plans[variant.name]

    def licence(self, variant: Variant) -> str:
        """Under which licence it is given; empty where that is not known."""
        family = self.family(variant)
        return variant.licence or (family.licence if family else "")

    def attribution(self, variant: Variant) -> tuple[str, ...]:
        """Whom to thank: the base, the fine-tune, the converter."""
        family = self.family(variant)
        return (family.attribution if family else ()) + variant.attribution

    def limits(self, variant: Variant) -> tuple[str, ...]:
        """What its card says it cannot do."""
        family = self.family(variant)
        return (family.limits if family else ()) + variant.limits


def user_catalogue() -> Path:
    """The file of the user's own models."""
    return paths.config_dir() / "catalog.toml"


def load_catalogue() -> Catalogue:
    """The shipped catalogue with the user's over it: the same name is replaced.

    Raises:
        ModelError: the user's file cannot be read or has a mistake; says where.
    """
    shipped = msgspec.toml.decode(SHIPPED.read_bytes(), type=_File)
    own = _read_own(user_catalogue())
    return Catalogue(
        _File(
            shipped.documents | own.documents,
            shipped.architectures | own.architectures,
            shipped.families | own.families,
            tuple(_merged(shipped.variants, own.variants)),
        )
    )


def _merged(shipped: Iterable[Variant], own: tuple[Variant, ...]) -> list[Variant]:
    replaced = {variant.name.lower() for variant in own}
    return [v for v in shipped if v.name.lower() not in replaced] + list(own)


def _read_own(path: Path) -> _File:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return _File()
    except OSError as error:
        raise ModelError(f"Your catalogue {path} cannot be read: {error.strerror}.") from error
    try:
        return msgspec.toml.decode(content, type=_File)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ModelError(
            f"Your catalogue {path} has a mistake: {sanitize_line(str(error))}. "
            "Correct it, or take the entry out."
        ) from error
