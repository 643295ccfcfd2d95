"""The catalogue: what the two model cards say, and the user's own models beside it."""

import re
from pathlib import Path

import pytest

from carnice_tui.models import own
from carnice_tui.models.catalog import load_catalogue, user_catalogue
from carnice_tui.models.errors import ModelError
from carnice_tui.models.recipes import RECIPES, bits_per_weight
from carnice_tui.models.resolve import place_of


@pytest.fixture(autouse=True)
def config_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CARNICE_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "config"


def model_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    return folder


def test_every_variant_of_both_cards_has_a_row():
    repositories = {v.repository for v in load_catalogue().variants}
    for last in ("mixed_3_6", "4bit", "6bit"):
        assert f"Tranquil-Flow/Carnice-V2-27b-MLX-{last}" in repositories
    for quant in ("Q2", "Q3", "MXFP4", "NVFP4", "Q4", "Q5", "Q6", "MXFP8", "Q8"):
        assert f"Brooooooklyn/Qwen3.6-27B-UD-{quant}_K_XL-mlx" in repositories


def test_every_figure_names_its_document_hardware_and_conditions():
    catalogue = load_catalogue()
    figures = [figure for variant in catalogue.variants for figure in variant.reported]
    assert len(figures) == 4 * 3 + 5 + 9
    for figure in figures:
        assert figure.document in catalogue.documents
        assert figure.hardware
        assert figure.conditions


def test_every_variant_that_runs_can_also_be_converted_by_its_recipe():
    for variant in load_catalogue().variants:
        if variant.kind == "mlx" and not variant.bundled:
            assert variant.recipe in RECIPES


@pytest.mark.parametrize("name", ["carnice-mixed_3_6", "carnice-4bit", "carnice-6bit"])
def test_the_recipe_gives_the_bits_that_the_card_states(name: str):
    catalogue = load_catalogue()
    variant = catalogue.find(name)
    assert variant
    rows = catalogue.plan(variant)
    assert rows
    assert f"{bits_per_weight(rows):.2f}" == f"{variant.bits_per_weight:.2f}"


def test_the_ud_recipes_give_the_sizes_that_the_card_states():
    catalogue = load_catalogue()
    for variant in catalogue.variants:
        if variant.recipe.startswith("ud-"):
            rows = catalogue.plan(variant)
            assert rows
            assert sum(row.nbytes for row in rows) == pytest.approx(variant.size, abs=0.8e9)


def test_the_geometry_costs_what_the_cards_say():
    catalogue = load_catalogue()
    architecture = catalogue.architecture(catalogue.variants[1])
    assert architecture
    assert (architecture.linear_layers, architecture.attention_layers) == (48, 16)
    assert architecture.kv_bytes_per_token() == 64 * 1024
    assert round(architecture.state_bytes() / 2**20) == 147


def test_a_variant_is_found_by_name_and_by_repository_in_any_case():
    catalogue = load_catalogue()
    by_name = catalogue.find("Carnice-4BIT")
    assert by_name
    assert by_name is catalogue.find("tranquil-flow/carnice-v2-27b-mlx-4bit")


def test_a_name_of_the_catalogue_leads_to_its_repository():
    assert place_of("qwen3.6-ud-nvfp4") == "Brooooooklyn/Qwen3.6-27B-UD-NVFP4_K_XL-mlx"


def test_the_llama_cpp_row_says_how_it_can_be_used():
    with pytest.raises(ModelError, match=r"llama-server .* --base-url"):
        place_of("carnice-q5_k_m")


def test_a_folder_that_is_added_is_found_by_its_name(tmp_path: Path):
    folder = model_folder(tmp_path)
    own.add_variant(str(folder), "mine")
    assert place_of("mine") == folder
    assert load_catalogue().find("mine")


def test_adding_keeps_what_the_user_wrote_into_the_file(config_folder: Path, tmp_path: Path):
    config_folder.mkdir()
    user_catalogue().write_text('# mine\n[[variants]]\nname = "a"\nrepository = "x/y"  # good\n')
    own.add_variant(str(model_folder(tmp_path)), "b")
    text = user_catalogue().read_text()
    assert "# mine" in text
    assert "# good" in text
    assert place_of("a") == "x/y"


def test_a_name_that_is_taken_is_refused(tmp_path: Path):
    with pytest.raises(ModelError, match="already"):
        own.add_variant(str(model_folder(tmp_path)), "carnice-4bit")


@pytest.mark.parametrize(
    "text", ["[[variants]]\nnaem = 'x'", "variants = 3", "[[variants]", "\x00", "[[variants]]"]
)
def test_a_mistake_in_the_users_file_is_told_with_its_place(config_folder: Path, text: str):
    config_folder.mkdir()
    user_catalogue().write_text(text)
    with pytest.raises(ModelError, match=re.escape(str(user_catalogue()))):
        load_catalogue()


def test_removing_an_entry_of_yours_leaves_the_folder_alone(tmp_path: Path):
    folder = model_folder(tmp_path)
    own.add_variant(str(folder), "mine")
    own.remove(own.what_removing_deletes("mine"))
    assert load_catalogue().find("mine") is None
    assert (folder / "config.json").exists()


def test_removing_a_fetched_model_deletes_its_cache(tmp_path: Path):
    cached = tmp_path / "hub" / "models--Tranquil-Flow--Carnice-V2-27b-MLX-4bit"
    cached.mkdir(parents=True)
    (cached / "blob").write_bytes(b"x" * 10)
    removal = own.what_removing_deletes("carnice-4bit")
    assert removal.nbytes == 10
    own.remove(removal)
    assert not cached.exists()


@pytest.mark.parametrize("name", ["demo", "carnice-6bit", "../../etc", "x/../../y"])
def test_what_is_not_in_the_cache_is_not_removed(name: str):
    with pytest.raises(ModelError):
        own.what_removing_deletes(name)
