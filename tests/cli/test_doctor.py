"""`carnice-chat doctor`: tells what is wrong, and proves what is right by an answer."""

import json

from tests.cli.conftest import Home


def findings(home: Home, *args: str) -> tuple[int, dict, dict[str, dict[str, str]]]:
    done = home.run("doctor", "--json", *args)
    assert done.stderr == ""
    report = json.loads(done.stdout)
    return done.returncode, report, {one["topic"]: one for one in report["findings"]}


def test_an_answer_of_a_real_engine_is_the_proof(home: Home, tiny: str):
    status, report, by_topic = findings(home, "-m", tiny)
    assert status == 0
    assert report["works"] is True
    assert by_topic["engine"]["verdict"] == "ok"
    assert "2,048 tokens of context" in by_topic["engine"]["text"]
    assert "tok/s" in by_topic["answer"]["text"]


def test_every_place_and_version_is_told(home: Home):
    status, _, by_topic = findings(home, "--no-generate")
    assert status == 0
    for topic in ("python", "mlx", "mlx-lm", "textual", "memory", "terminal", "models"):
        assert by_topic[topic]["text"]
    assert str(home.settings) in by_topic["settings"]["text"]
    assert str(home.data) in by_topic["sessions"]["text"]
    assert "engine" not in by_topic


def test_a_model_that_cannot_answer_is_a_problem_and_status_1(home: Home):
    status, report, by_topic = findings(home, "-m", "./nowhere")
    assert status == 1
    assert report["works"] is False
    assert by_topic["engine"]["verdict"] == "problem"
    assert "./nowhere" in by_topic["engine"]["text"]


def test_settings_that_cannot_be_read_are_a_problem_and_all_else_is_still_told(home: Home):
    home.settings.parent.mkdir()
    home.settings.write_text("[ui]\nmouse = 3\n")
    status, _, by_topic = findings(home, "--no-generate")
    assert status == 1
    assert "ui.mouse = 3" in by_topic["settings"]["text"]
    assert by_topic["sessions"]["verdict"] == "ok"


def test_a_folder_that_cannot_be_written_is_a_note(home: Home):
    (home.folder / "data").write_text("a file is in the way")
    status, _, by_topic = findings(home, "--no-generate")
    assert status == 0
    assert by_topic["sessions"]["verdict"] == "note"
    assert "not kept" in by_topic["sessions"]["text"]


def test_for_people_it_is_a_line_each_and_the_verdict_last(home: Home):
    done = home.run("doctor", "--no-generate")
    assert done.stdout.splitlines()[-1] == "Everything works."
    assert "\x1b" not in done.stdout
