"""Several conversations beside each other, and prompts that outlive the process."""

import os
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from carnice_tui.core.events import Event, Notice, TurnFinished
from carnice_tui.core.messages import Message, Sampling
from carnice_tui.core.requests import Tool, TurnRequest
from carnice_tui.engine.worker import loading
from carnice_tui.engine.worker.caches import Caches, held_bytes
from carnice_tui.engine.worker.clock import Control
from carnice_tui.engine.worker.decode import prefill
from carnice_tui.engine.worker.prefixfile import LEAST_TOKENS, PrefixFiles, identity_of
from carnice_tui.engine.worker.turn import Turns
from tests.engine.cold import Plain, message_of

GREEDY = Sampling(temperature=0)
SYSTEM = "You find bugs. Say what is wrong, then how to put it right. Be short."
LONG = " ".join(f"rule {n}: return the bug" for n in range(40))
GENEROUS = 1 << 30


@pytest.fixture(scope="module", params=["dense", "hybrid"])
def folder(request: pytest.FixtureRequest) -> Path:
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def loaded(folder: Path) -> loading.LoadedModel:
    return load(folder)


def load(folder: Path) -> loading.LoadedModel:
    *_, loaded = loading.load(folder, "tiny", 0)
    assert isinstance(loaded, loading.LoadedModel)
    return loaded


class Cold:
    """Greedy answers of mlx-lm from an empty cache, each computed once."""

    def __init__(self, folder: Path) -> None:
        self._plain = Plain(folder)
        self._known: dict[tuple[int, ...], list[int]] = {}

    def answer(self, prompt: list[int], tokens: int) -> list[int]:
        key = (*prompt, tokens)
        if key not in self._known:
            self._known[key] = self._plain.greedy(prompt, tokens)
        return self._known[key]


@pytest.fixture(scope="module")
def cold(folder: Path) -> Cold:
    return Cold(folder)


class Talk:
    """One conversation of many with the same worker."""

    def __init__(self, turns: Turns, system: str = SYSTEM) -> None:
        self.turns = turns
        self.messages = [Message("system", system)]

    def say(self, text: str, **options: Any) -> tuple[list[int], list[int], list[Event]]:
        """Prompt, answer and events."""
        self.messages.append(Message("user", text))
        request = TurnRequest(
            tuple(self.messages), **{"sampling": GREEDY, "max_tokens": 6, **options}
        )
        prompt = self.turns.history.prompt(request)
        events = list(self.turns.run(request, Control(), time.perf_counter()))
        self.messages.append(message_of(events))
        return prompt, self.turns.cache.ids[len(prompt) :], events


def prefilled(events: list[Event]) -> int:
    assert isinstance(events[-1], TurnFinished)
    return events[-1].stats.prefilled_tokens


steps = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(["say", "edit", "again"])),
    min_size=3,
    max_size=7,
)


@settings(
    max_examples=8,
    phases=[Phase.generate],
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps, st.sampled_from([0, 200_000, GENEROUS]))
def test_every_interleaving_draws_the_tokens_of_a_cold_run(
    loaded: loading.LoadedModel, cold: Cold, steps: list[tuple[int, str]], resting: int
) -> None:
    turns = Turns(loaded)
    turns.caches = Caches(loaded.model, GENEROUS, resting)
    talks = [Talk(turns), Talk(turns), Talk(turns, "Other words.")]
    for number, (which, step) in enumerate(steps):
        talk = talks[which]
        if step == "edit":
            del talk.messages[1:]
        elif step == "again" and len(talk.messages) > 2:
            del talk.messages[-2:]
        prompt, drawn, _ = talk.say(f"the bug {which} {number % 2}")
        assert drawn == cold.answer(prompt, 6)


def test_conversations_in_turn_read_only_their_own_new_words(loaded: loading.LoadedModel) -> None:
    turns = Turns(loaded)
    talks = [Talk(turns) for _ in range(3)]
    shared = len(turns.history.system_prefix(TurnRequest((talks[0].messages[0],))))
    for round_ in range(3):
        for number, talk in enumerate(talks):
            held = len(talk.messages) > 1 and turns.history.prompt(
                TurnRequest(tuple(talk.messages))
            )
            prompt, _, events = talk.say(f"bug {number} in round {round_}")
            if round_ == 0:
                assert prefilled(events) <= len(prompt) - (shared if number else 0)
            else:
                # Everything up to the last answer is known; its end and the question are new.
                assert held
                assert prefilled(events) <= len(prompt) - len(held) + 24
                assert prefilled(events) < shared


def test_a_fork_leaves_the_other_conversation_as_it_was(loaded: loading.LoadedModel) -> None:
    caches = Caches(loaded.model, GENEROUS, GENEROUS)
    read(caches, loaded, [*range(40)], 10)
    caches.live.asked = 40
    first = caches.live
    before = [(array.shape, array.tolist()) for array in first.arrays()]
    assert caches.take([*range(10), 99, 98, 97]) == 10
    read(caches, loaded, [99, 98, 97])
    assert first.ids == [*range(40)]
    assert [(array.shape, array.tolist()) for array in first.arrays()] == before


def test_a_conversation_that_goes_on_is_not_forked(loaded: loading.LoadedModel) -> None:
    caches = Caches(loaded.model, GENEROUS, GENEROUS)
    read(caches, loaded, [*range(20)], 16)
    caches.live.asked = 16
    assert caches.take([*range(16), 99, 98]) == 16
    assert len(caches.all) == 1


def read(caches: Caches, loaded: loading.LoadedModel, tokens: list[int], *stops: int) -> None:
    for _ in prefill(loaded.model, caches.live, tokens, 8, stops, lambda: False):
        pass


def test_past_the_limit_the_least_recently_used_goes(loaded: loading.LoadedModel) -> None:
    caches = Caches(loaded.model, GENEROUS, GENEROUS)
    for start in (100, 150, 200):
        caches.take([start, 1])
        read(caches, loaded, [start, *range(20)])
    one = held_bytes([caches.live])
    caches = Caches(loaded.model, GENEROUS, 2 * one)
    for start in (100, 150, 200, 100, 250):
        known = caches.take([start, *range(20), 7])
        assert known == (21 if start == 100 and len(caches.all) > 1 else 0)
        if not known:
            read(caches, loaded, [start, *range(20)])
    assert [cache.ids[0] for cache in caches.all] == [200, 100, 250]
    assert held_bytes(caches.all[:-1]) <= 2 * one


# Prompts in files


def restarted(loaded: loading.LoadedModel, place: Path, quota: int = GENEROUS) -> Turns:
    """A worker that knows nothing but its files."""
    return Turns(loaded, PrefixFiles(place, quota, loaded.model, identity_of(loaded.info)))


def kept(loaded: loading.LoadedModel, place: Path) -> tuple[Path, list[int]]:
    """The file of one turn's system prompt, and that turn's answer."""
    turns = restarted(loaded, place)
    _, drawn, _ = Talk(turns, LONG).say("the bug")
    turns.caches.keep()
    (file,) = place.iterdir()
    return file, drawn


def test_a_restarted_worker_reads_the_system_prompt_from_its_file(
    loaded: loading.LoadedModel, tmp_path: Path
) -> None:
    file, drawn = kept(loaded, tmp_path / "prefixes")
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    turns = restarted(loaded, file.parent)
    prompt, again, events = Talk(turns, LONG).say("the bug")
    assert again == drawn
    system = len(turns.history.system_prefix(TurnRequest((Message("system", LONG),))))
    assert system > LEAST_TOKENS
    assert prefilled(events) == len(prompt) - system
    turns.caches.keep()
    assert [*file.parent.iterdir()] == [file]


def test_tools_without_a_system_prompt_are_kept_too(
    loaded: loading.LoadedModel, tmp_path: Path
) -> None:
    def ask(turns: Turns) -> list[Event]:
        tools = (Tool("look", LONG, {"type": "object", "properties": {}}),)
        request = TurnRequest((Message("user", "a"),), tools, sampling=GREEDY, max_tokens=2)
        return list(turns.run(request, Control(), time.perf_counter()))

    turns = restarted(loaded, tmp_path)
    assert prefilled(ask(turns)) > LEAST_TOKENS
    turns.caches.keep()
    assert prefilled(ask(restarted(loaded, tmp_path))) < 40


def trusts(loaded: loading.LoadedModel, place: Path, drawn: list[int]) -> bool:
    """Whether a restarted worker uses what lies in `place`; its answer is right either way."""
    prompt, again, events = Talk(restarted(loaded, place), LONG).say("the bug")
    assert again == drawn
    used = prefilled(events) < len(prompt)
    told = [event for event in events if isinstance(event, Notice)]
    assert bool(told) != used
    return used


def test_a_damaged_file_is_removed_and_never_trusted(
    loaded: loading.LoadedModel, tmp_path: Path
) -> None:
    file, drawn = kept(loaded, tmp_path)
    whole = file.read_bytes()
    places = [0, 9, 40, len(whole) // 3, len(whole) - 1]
    broken = [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in places]
    for content in (*broken, whole[:-1], whole[: len(whole) // 2], whole + b"\0", b""):
        file.write_bytes(content)
        file.chmod(0o600)
        assert not trusts(loaded, tmp_path, drawn), content[:80]
        assert not file.exists()
    file.write_bytes(whole)
    file.chmod(0o600)
    assert trusts(loaded, tmp_path, drawn)


def test_a_file_that_others_may_write_is_not_trusted(
    loaded: loading.LoadedModel, tmp_path: Path
) -> None:
    file, drawn = kept(loaded, tmp_path)
    file.chmod(0o620)
    assert not trusts(loaded, tmp_path, drawn)


def test_a_link_is_not_followed(loaded: loading.LoadedModel, tmp_path: Path) -> None:
    file, drawn = kept(loaded, tmp_path / "prefixes")
    elsewhere = tmp_path / "elsewhere"
    file.rename(elsewhere)
    file.symlink_to(elsewhere)
    assert not trusts(loaded, file.parent, drawn)
    assert elsewhere.exists()


def test_a_file_under_another_prompts_name_is_not_trusted(
    loaded: loading.LoadedModel, tmp_path: Path
) -> None:
    file, drawn = kept(loaded, tmp_path / "prefixes")
    turns = restarted(loaded, tmp_path / "other")
    Talk(turns, LONG.replace("rule 3:", "rule 4:")).say("the bug")
    turns.caches.keep()
    (other,) = (tmp_path / "other").iterdir()
    other.replace(file)
    assert not trusts(loaded, file.parent, drawn)


def test_another_model_has_no_use_for_a_file(dense: Path, hybrid: Path, tmp_path: Path) -> None:
    one, two = load(dense), load(hybrid)
    file, _ = kept(one, tmp_path)
    files = PrefixFiles(tmp_path, GENEROUS, two.model, identity_of(two.info))
    assert identity_of(one.info) != identity_of(two.info)
    prompt = Turns(one).history.prompt(
        TurnRequest((Message("system", LONG), Message("user", "the bug")))
    )
    assert files.longest(prompt, beyond=0) is None
    forged = PrefixFiles(tmp_path, GENEROUS, two.model, identity_of(one.info))
    assert forged.longest(prompt, beyond=0) == file
    told: list[str] = []
    caches = Caches(two.model, GENEROUS, GENEROUS, forged)
    assert caches.take(prompt, told.append) == 0
    assert "other states" in told[0]


def test_weights_that_changed_in_place_are_another_model(dense: Path, tmp_path: Path) -> None:
    info = load(dense).info
    before = identity_of(info)
    weights = dense / "model.safetensors"
    facts = weights.stat()
    os.utime(weights, ns=(facts.st_atime_ns, facts.st_mtime_ns + 1_000_000))
    changed = identity_of(info)
    os.utime(weights, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert changed != before


def test_files_past_the_quota_go_the_least_recently_used_first(dense: Path, tmp_path: Path) -> None:
    loaded = load(dense)
    file, _ = kept(loaded, tmp_path)
    size = file.stat().st_size
    turns = restarted(loaded, tmp_path, quota=int(2.5 * size))
    for number, age in ((5, 300), (6, 200), (7, 100)):
        Talk(turns, LONG.replace("rule 1:", f"rule {number}:")).say("the bug")
        turns.caches.keep()
        newest = max(tmp_path.iterdir(), key=lambda path: path.stat().st_mtime_ns)
        past = time.time() - age
        os.utime(newest, (past, past))
    assert len([*tmp_path.iterdir()]) == 2
    assert newest.exists()


def test_a_folder_that_cannot_be_written_costs_no_answer(dense: Path, tmp_path: Path) -> None:
    place = tmp_path / "taken"
    place.write_text("a file, no folder")
    turns = restarted(load(dense), place)
    _, drawn, _ = Talk(turns, LONG).say("the bug")
    turns.caches.keep()
    assert drawn
