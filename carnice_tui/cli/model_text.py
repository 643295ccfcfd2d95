"""Models as text for the terminal: the list, one model in full, what fits."""

from collections.abc import Iterable, Sequence

from carnice_tui.core.quantities import gigabytes
from carnice_tui.core.sanitize import sanitize_line
from carnice_tui.models.catalog import UNITS, Catalogue, Figure, Variant
from carnice_tui.models.convert import TableRow
from carnice_tui.models.fit import Fit, Recommendation
from carnice_tui.models.installed import variant_folder
from carnice_tui.models.machine import Machine
from carnice_tui.models.recipes import Row, bits_per_weight
from carnice_tui.models.verify import Check


def table(
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    right: Iterable[int] = (),
    indent: str = "",
) -> str:
    """Aligned columns; those in `right` are set flush right."""
    lines = [list(header), *([sanitize_line(cell) for cell in row] for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
    flush = set(right)

    def cell(text: str, i: int) -> str:
        return text.rjust(widths[i]) if i in flush else text.ljust(widths[i])

    return "\n".join(
        (indent + "  ".join(cell(t, i) for i, t in enumerate(line))).rstrip() for line in lines
    )


def list_text(catalogue: Catalogue, fits: Sequence[Fit], machine: Machine) -> str:
    """All variants: size, bits, whether they fit and are here, what their card reports."""
    rows = [_list_row(catalogue, one) for one in fits]
    header = ("NAME", "SIZE", "BITS", "HERE", "FITS", "TOK/S", "REPORTED")
    return table(header, rows, right=(1, 2, 5)) + "\n\n" + machine_line(machine)


def machine_line(machine: Machine) -> str:
    """One line about this machine."""
    bandwidth = f", {machine.bandwidth:.0f} GB/s" if machine.bandwidth else ""
    return sanitize_line(
        f"{machine.chip or 'This machine'} ({machine.backend}): {gigabytes(machine.memory)} of "
        f"memory, {gigabytes(machine.room)} for a model{bandwidth}"
    )


def _list_row(catalogue: Catalogue, one: Fit) -> tuple[str, ...]:
    variant = one.variant
    rows = catalogue.plan(variant)
    bits = variant.bits_per_weight or (bits_per_weight(rows) if rows else 0)
    size = sum(row.nbytes for row in rows) if rows else variant.size or one.weights
    reported = variant.figure("decode_tps")
    return (
        variant.name,
        gigabytes(size) if size else "?",
        f"{bits:.2f}" if bits else "",
        "yes" if one.downloaded else "",
        {"mlx": one.verdict, "source": "(convert)", "gguf": "(llama.cpp)"}[variant.kind],
        f"{one.expected_speed:.0f}" if one.expected_speed else "",
        f"{reported.value} tok/s on {_short(reported.hardware)}" if reported else "",
    )


def _short(hardware: str) -> str:
    return hardware.removeprefix("Apple ").partition(",")[0]


def show_text(catalogue: Catalogue, one: Fit, machine: Machine) -> str:
    """Everything about one variant, licence and attribution included."""
    variant = one.variant
    family = catalogue.family(variant)
    rows = catalogue.plan(variant)
    facts = [
        ("name", variant.name),
        ("repository", variant.repository),
        ("folder", str(variant_folder(variant) or "not on this machine")),
        ("base", family.base if family else ""),
        ("recipe", variant.recipe),
        ("GGUF equivalent", variant.gguf_equivalent),
        ("bits per weight", _bits(variant, rows)),
        ("size", _size(variant, rows)),
        ("licence", catalogue.licence(variant)),
    ]
    architecture = catalogue.architecture(variant)
    if architecture is not None:
        facts += [
            (
                "layers",
                f"{architecture.layers} ({architecture.linear_layers} linear, "
                f"{architecture.attention_layers} full attention)",
            ),
            (
                "heads",
                f"{architecture.heads} query, {architecture.kv_heads} KV of "
                f"{architecture.head_dim}",
            ),
            ("hidden, MLP", f"{architecture.hidden:,}, {architecture.intermediate:,}"),
            ("vocabulary", f"{architecture.vocabulary:,}"),
            ("context", f"{architecture.context:,} tokens"),
        ]
    parts = [variant.title or variant.name, variant.summary, _pairs(facts)]
    if rows:
        parts.append("Formats\n" + formats_text(rows))
    parts.append(f"On this machine ({machine_line(machine)})\n" + fit_text(one))
    if variant.reported:
        parts.append("Reported, not measured here\n" + _reported(catalogue, variant.reported))
    for title, lines in (
        ("Attribution", catalogue.attribution(variant)),
        ("Limits", catalogue.limits(variant)),
    ):
        if lines:
            parts.append(title + "\n" + "\n".join(f"  {sanitize_line(line)}" for line in lines))
    return "\n\n".join(part for part in parts if part)


def _pairs(facts: Sequence[tuple[str, str]]) -> str:
    return "\n".join(f"  {name:<16} {sanitize_line(value)}" for name, value in facts if value)


def _bits(variant: Variant, rows: list[Row] | None) -> str:
    stated = f"{variant.bits_per_weight:g} reported" if variant.bits_per_weight else ""
    computed = f"{bits_per_weight(rows):.3f} by the recipe" if rows else ""
    return ", ".join(filter(None, (stated, computed)))


def _size(variant: Variant, rows: list[Row] | None) -> str:
    stated = f"{variant.size / 1e9:.0f} GB reported" if variant.size else ""
    computed = f"{gigabytes(sum(r.nbytes for r in rows))} of weights by the recipe" if rows else ""
    return ", ".join(filter(None, (stated, computed)))


def formats_text(rows: list[Row]) -> str:
    """One line a kind of tensor: what it is, how it is kept, how many bytes that is in all."""
    groups: dict[tuple[str, str], list[int]] = {}
    for row in rows:
        kind = ".".join(p for p in row.tensor.path.split(".")[-2:] if not p.isdigit())
        groups.setdefault((kind, str(row.format)), []).append(row.nbytes)
    lines = [
        (kind, form, f"{len(sizes)}", gigabytes(sum(sizes)))
        for (kind, form), sizes in groups.items()
    ]
    return table(("TENSOR", "FORMAT", "COUNT", "BYTES"), lines, (2, 3), "  ")


def table_text(rows: Sequence[TableRow], *, each: bool) -> str:
    """How tensors are written: all of them, or one line a kind."""
    if each:
        lines = [
            (r.tensor, r.mode, str(r.bits), str(r.group_size or ""), f"{r.nbytes:,}") for r in rows
        ]
        return table(("TENSOR", "MODE", "BITS", "GROUP", "BYTES"), lines, right=(2, 3, 4))
    groups: dict[tuple[str, str, int, int], list[int]] = {}
    for row in rows:
        kind = ".".join(p for p in row.tensor.split(".")[-2:] if not p.isdigit())
        groups.setdefault((kind, row.mode, row.bits, row.group_size), []).append(row.nbytes)
    lines = [
        (kind, mode, str(bits), str(group or ""), str(len(sizes)), f"{sum(sizes):,}")
        for (kind, mode, bits, group), sizes in groups.items()
    ]
    header = ("TENSOR", "MODE", "BITS", "GROUP", "COUNT", "BYTES")
    return table(header, lines, right=(2, 3, 4, 5))


def checks_text(checks: Sequence[Check]) -> str:
    """What was checked, one line each."""
    return table(
        ("CHECK", "", "FOUND"),
        [(check.name, "ok" if check.ok else "WRONG", check.found) for check in checks],
    )


def fit_text(one: Fit) -> str:
    """How much memory it takes and what speed to expect."""
    if one.verdict == "unknown":
        return (
            "  not known: "
            + {
                "source": "an original, made to be converted (carnice-chat models convert)",
                "gguf": "MLX does not run GGUF; serve it with llama-server and use its URL",
                "mlx": "its size is not known before it is fetched",
            }[one.variant.kind]
        )
    parts = [
        f"  {one.verdict}: needs {gigabytes(one.needed)} of {gigabytes(one.room)} at "
        f"{one.context:,} tokens",
        f"  weights {gigabytes(one.weights)}, keys and values {gigabytes(one.kv)}, "
        f"recurrent states {gigabytes(one.state)}, overhead {gigabytes(one.overhead)}",
    ]
    if one.longest_context:
        parts.append(f"  holds up to {one.longest_context:,} tokens")
    if one.verdict == "tight":
        parts.append("  long conversations will be read again more often: no room for snapshots")
    if one.speed_limit and one.expected_speed:
        parts.append(
            f"  about {one.expected_speed:.0f} tok/s expected; the bandwidth allows "
            f"{one.speed_limit:.1f} at most"
        )
    return "\n".join(parts)


def _reported(catalogue: Catalogue, figures: Iterable[Figure]) -> str:
    lines: list[tuple[str, ...]] = []
    for figure in figures:
        error = f" ± {figure.error}" if figure.error is not None else ""
        at = f" at {figure.sequence} tokens" if figure.sequence else ""
        document = catalogue.documents.get(figure.document)
        lines.append(
            (
                f"{figure.value:g}{error} {UNITS[figure.metric]}{at}",
                f"{figure.hardware}; {figure.conditions}",
                document.title if document else figure.document,
            )
        )
    return table(("FIGURE", "WHERE AND HOW", "DOCUMENT"), lines, indent="  ")


def fits_text(
    fits: Sequence[Fit], recommended: Recommendation | None, machine: Machine, context: int
) -> str:
    """What fits at `context` tokens, and which to take."""
    rows = [
        (
            one.variant.name,
            one.verdict,
            gigabytes(one.needed),
            f"{one.longest_context:,}" if one.longest_context else "-",
            f"{one.expected_speed:.0f}" if one.expected_speed else "?",
        )
        for one in sorted(fits, key=lambda one: one.needed)
        if one.variant.kind == "mlx" and one.verdict != "unknown"
    ]
    header = ("NAME", "FITS", "NEEDS", "LONGEST CONTEXT", "TOK/S")
    lines = [
        machine_line(machine),
        f"At {context:,} tokens of context:",
        "",
        table(header, rows, right=(2, 3, 4)),
        "",
    ]
    if recommended is None:
        lines.append(_what_holds_less(fits))
    else:
        lines.append(f"Take {recommended.fit.variant.name}: {recommended.reason}.")
    if machine.bandwidth is None:
        lines.append("The memory bandwidth of this chip is not known, so no speed is expected.")
    return "\n".join(lines)


def _what_holds_less(fits: Sequence[Fit]) -> str:
    """Which variant of Carnice to take where none fits at the context that was asked for."""
    ours = [one for one in fits if one.variant.family == "carnice" and one.longest_context]
    if not ours:
        return "No variant of Carnice fits this machine."
    best = max(ours, key=lambda one: one.longest_context)
    return (
        "No variant of Carnice holds that context here. "
        f"Take {best.variant.name}: it holds up to {best.longest_context:,} tokens."
    )
