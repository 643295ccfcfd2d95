"""The user's own part of the catalogue: adding a model and taking one out, and removing files."""

import shutil
from pathlib import Path
from typing import Any

import msgspec

from carnice_tui.models.catalog import Variant, load_catalogue, user_catalogue
from carnice_tui.models.errors import ModelError
from carnice_tui.models.installed import disk_bytes, repository_folder, variant_folder
from carnice_tui.models.resolve import place_of

HEADING = "Your own models: the same form as the shipped catalogue (carnice-chat models show)."


class Removal(msgspec.Struct, frozen=True):
    """What removing a model would delete: its folder in the hub's cache, and the bytes there."""

    name: str
    folder: Path | None
    nbytes: int
    own_entry: bool


def add_variant(reference: str, name: str, family: str = "") -> Variant:
    """Add the folder or repository `reference` to the user's catalogue as `name`.

    Raises:
        ModelError: it is neither, the name is taken, or the file cannot be written.
    """
    import tomlkit

    catalogue = load_catalogue()
    if catalogue.find(name) is not None:
        raise ModelError(f"There is already a model {name}: give another name with --name.")
    if family and family not in catalogue.families:
        raise ModelError(
            f"There is no family {family!r}: choose one of {', '.join(catalogue.families)}."
        )
    place = place_of(reference)
    if isinstance(place, Path) and not (place / "config.json").is_file():
        raise ModelError(f"{place} holds no config.json, so it is no model folder.")
    entry = {"name": name, "family": family}
    entry |= {"folder": str(place)} if isinstance(place, Path) else {"repository": place}
    path = user_catalogue()
    document = _document(path)
    table = tomlkit.table()
    for key, value in entry.items():
        if value:
            table.add(key, value)
    variants: Any = document.get("variants")
    if variants is None:
        variants = tomlkit.aot()
        document.add("variants", variants)
    variants.append(table)
    _write(path, document.as_string())
    return msgspec.convert(entry, Variant)


def what_removing_deletes(reference: str) -> Removal:
    """What `remove` would delete for `reference`.

    Raises:
        ModelError: nothing of it is on this machine, or it is not ours to remove.
    """
    variant = load_catalogue().find(reference)
    if variant is not None and variant.bundled:
        raise ModelError("The demo model belongs to the program and is not removed.")
    own = variant is not None and variant.name in _own_names()
    repository = variant.repository if variant else reference
    folder = repository_folder(repository) if "/" in repository else None
    if folder is None or not folder.is_dir():
        folder = None
    if folder is None and not own:
        raise ModelError(f"Nothing of {reference} is in the model cache: see models list --here.")
    name = variant.name if variant else reference
    return Removal(name, folder, disk_bytes(folder) if folder else 0, own)


def remove(removal: Removal) -> None:
    """Delete the cached files; take the entry out of the user's catalogue. Folders of the
    user's own are never touched.

    Raises:
        ModelError: the catalogue cannot be written.
        OSError: a file cannot be deleted.
    """
    if removal.folder is not None:
        shutil.rmtree(removal.folder)
    if removal.own_entry:
        path = user_catalogue()
        document = _document(path)
        variants = document["variants"]
        for index in reversed(range(len(variants))):
            if variants[index].get("name") == removal.name:
                del variants[index]
        if not variants:
            del document["variants"]
        _write(path, document.as_string())


def path_of(reference: str) -> Path:
    """The folder of `reference` on this machine.

    Raises:
        ModelError: it is not here (yet).
    """
    place = place_of(reference)
    if isinstance(place, Path):
        return place
    folder = variant_folder(Variant(name=reference, repository=place))
    if folder is None:
        raise ModelError(f"{reference} is not on this machine: carnice-chat models pull {place}")
    return folder


def _own_names() -> set[str]:
    document = _document(user_catalogue())
    variants = document.get("variants", [])
    return {str(entry.get("name")) for entry in variants}


def _document(path: Path) -> Any:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        return tomlkit.parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        document = tomlkit.document()
        document.add(tomlkit.comment(HEADING))
        return document
    except (TOMLKitError, UnicodeDecodeError) as error:
        raise ModelError(f"Your catalogue {path} has a mistake: {error}. Correct it.") from error


def _write(path: Path, text: str) -> None:
    partial = path.with_name(path.name + ".partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        raise ModelError(f"Your catalogue {path} cannot be written: {error.strerror}.") from error
