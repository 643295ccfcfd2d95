"""Fetching from the hub: a fake one on the loopback that cuts, lies, and asks to wait."""

import asyncio
import errno
import fcntl
import hashlib
import json
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from fake_hub import FakeHub, tiny_repository

from carnice_tui.core.events import LoadProgress
from carnice_tui.models import fetch
from carnice_tui.models.errors import ModelError
from carnice_tui.models.fetch_errors import explain
from carnice_tui.models.installed import snapshot
from carnice_tui.models.resolve import resolve
from carnice_tui.models.verify import verify_files
from tests.conftest import SmallDisk

WEIGHTS = tiny_repository()["model.safetensors"]
SHA256 = hashlib.sha256(WEIGHTS).hexdigest()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CARNICE_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    for proxy in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(proxy, raising=False)
        monkeypatch.delenv(proxy.lower(), raising=False)
    return tmp_path / "hub"


@pytest.fixture
def hub(cache: Path, monkeypatch: pytest.MonkeyPatch):
    with FakeHub(tiny_repository()) as running:
        monkeypatch.setenv("HF_ENDPOINT", running.url)
        yield running


def pull(reference: str = "you/tiny", *, refresh: bool = True) -> tuple[Path, list[LoadProgress]]:
    async def steps() -> list[LoadProgress | Path]:
        return [step async for step in resolve(reference, refresh=refresh)]

    *progress, folder = asyncio.run(steps())
    assert isinstance(folder, Path)
    return folder, [step for step in progress if isinstance(step, LoadProgress)]


def refusal(reference: str = "you/tiny") -> str:
    with pytest.raises(ModelError) as refused:
        pull(reference)
    message = str(refused.value)
    assert "\n" not in message
    return message


def partial(cache: Path) -> Path:
    blobs = cache / "models--you--tiny" / "blobs"
    blobs.mkdir(parents=True, exist_ok=True)
    return blobs / f"{SHA256}.incomplete"


def test_a_model_is_fetched_whole_and_without_code(hub: FakeHub):
    folder, progress = pull()
    names = {file.name for file in folder.iterdir()}
    assert names == {"config.json", "tokenizer.json", "model.safetensors"}
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    assert snapshot("you/tiny") == folder
    done = [step.done for step in progress]
    assert done == sorted(done)
    assert (
        progress[-1].done
        == progress[-1].total
        == sum(map(len, hub.files.values())) - len(hub.files["evil.py"])
    )
    hashes = next(check for check in verify_files(folder) if check.name == "hashes")
    assert hashes.ok


def test_what_is_in_the_cache_is_taken_from_there_and_nobody_is_asked(hub: FakeHub):
    pull()
    hub.requests.clear()
    pull(refresh=False)
    assert hub.requests == []


def test_a_download_goes_on_where_an_earlier_process_stopped(hub: FakeHub, cache: Path):
    partial(cache).write_bytes(WEIGHTS[:700_000])
    folder, progress = pull()
    assert hub.ranges() == ["bytes=700000-"]
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    assert min(step.done for step in progress if step.total) >= 700_000


def test_a_connection_that_is_cut_is_taken_up_again(hub: FakeHub):
    whole = hub.files["model.safetensors"] = WEIGHTS * 24
    hub.cut_after = 18 * len(WEIGHTS)
    folder, _ = pull()
    assert (folder / "model.safetensors").read_bytes() == whole
    # The hub's library writes portions of 10 MiB; what is less is lost with the connection.
    assert hub.ranges() == ["", "bytes=10485760-"]


def test_a_server_without_ranges_sends_everything_again(hub: FakeHub, cache: Path):
    partial(cache).write_bytes(b"x" * 700_000)
    hub.ignore_ranges = True
    folder, _ = pull()
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS


def test_a_wrong_hash_is_refused_and_not_kept(hub: FakeHub, cache: Path):
    hub.corrupt = True
    assert "SHA-256" in refusal()
    assert not partial(cache).exists()
    assert snapshot("you/tiny") is None
    hub.corrupt = False
    assert (pull()[0] / "model.safetensors").read_bytes() == WEIGHTS


def test_a_partial_file_of_other_content_does_not_get_into_the_cache(hub: FakeHub, cache: Path):
    partial(cache).write_bytes(b"x" * 700_000)
    assert "SHA-256" in refusal()
    assert (pull()[0] / "model.safetensors").read_bytes() == WEIGHTS


@pytest.mark.parametrize(
    ("status", "headers", "said"),
    [
        (401, {}, "hf auth login"),
        (401, {"X-Error-Code": "GatedRepo"}, "terms"),
        (404, {"X-Error-Code": "RepoNotFound"}, "knows no model"),
        (429, {"Retry-After": "3600"}, "In 3600 s"),
    ],
)
def test_what_the_hub_refuses_is_said_with_what_to_do(
    hub: FakeHub, status: int, headers: dict[str, str], said: str
):
    hub.answers = [(status, headers)] * 20
    assert said in refusal()


def test_a_short_wait_that_the_hub_asks_for_is_waited(hub: FakeHub):
    # The first request is the library's own; those after it are the model's.
    hub.answers = [(429, {"Retry-After": "0"})] * 3
    assert (pull()[0] / "model.safetensors").read_bytes() == WEIGHTS


def test_without_network_it_says_so_and_that_it_will_go_on(
    cache: Path, monkeypatch: pytest.MonkeyPatch
):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{closed.getsockname()[1]}")
        assert "goes on where it stopped" in refusal()


def test_behind_the_offline_flag_it_names_the_flag(hub: FakeHub, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert "HF_HUB_OFFLINE=0" in refusal()
    assert hub.requests == []


def test_the_free_disk_is_looked_at_first(cache: Path, monkeypatch: pytest.MonkeyPatch):
    usage = shutil.disk_usage(cache.parent)._replace(free=1_000_000_000)
    monkeypatch.setattr(fetch.shutil, "disk_usage", lambda _: usage)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    with pytest.raises(OSError) as full:
        fetch._require_room(14_000_000_000)
    assert full.value.errno == errno.ENOSPC
    message = explain("you/tiny", full.value)
    assert "14.0 GB" in message
    assert "1.0 GB" in message
    assert "HF_HOME" in message


WITHOUT_ASKING = """\
from carnice_tui.models import fetch
fetch.SPARE = -10**12  # somebody else fills the disk after the free room was looked at
fetch.main()
"""


def last_step(script: str) -> dict[str, str]:
    """What the child that runs `script` says at its end; it stops when its input closes."""
    command = [sys.executable, "-c", script, "you/tiny", "--refresh"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        return json.loads(child.stdout.readlines()[-1])


def test_a_disk_that_fills_up_keeps_what_came_and_goes_on_when_there_is_room(
    hub: FakeHub, small_disk: SmallDisk, monkeypatch: pytest.MonkeyPatch
):
    cache = small_disk("size=800k")
    monkeypatch.setenv("HF_HUB_CACHE", str(cache))

    last = last_step(WITHOUT_ASKING)
    assert last["type"] == "refused"
    assert "There is no room for you/tiny" in last["message"]
    assert "HF_HOME" in last["message"]
    kept = partial(cache).stat().st_size
    assert 0 < kept < len(WEIGHTS)
    subprocess.run(["mount", "-o", "remount,size=4m", str(cache)], check=True)
    hub.requests.clear()
    folder = Path(last_step(WITHOUT_ASKING)["path"])
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    assert hub.ranges() == [f"bytes={kept}-"]


def test_two_downloads_of_the_same_file_do_not_mix(hub: FakeHub, cache: Path):
    with partial(cache).open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert "already" in refusal()


def test_a_repository_without_config_is_no_model(hub: FakeHub):
    del hub.files["config.json"]
    assert "config.json" in refusal()
