"""Whatever is thrown at it: one line that says what to do, the right status, nothing lost."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from carnice_tui.cli.standard_input import LIMIT
from carnice_tui.sessions.read import read_session
from tests.cli.conftest import COMMAND, Home

LONG = ("--thinking", "off", "--max-tokens", "300", "--temperature", "0", "-p", "abc")
SHORT = ("--thinking", "off", "--max-tokens", "8", "--seed", "3")


def one_line(done: subprocess.CompletedProcess[str], *said: str) -> None:
    """The command failed as it should: one line, no traceback, nothing on standard output."""
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("carnice-chat: ")
    assert done.stderr.count("\n") == 1, done.stderr
    for words in said:
        assert words in done.stderr


def shell(home: Home, script: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run `script` in a real shell in which `carnice-chat` is the command."""
    command = " ".join(COMMAND)
    return subprocess.run(
        ["bash", "-c", f'carnice-chat() {{ {command} "$@"; }}\n{script}'],
        env=home.env | env,
        cwd=home.folder,
        capture_output=True,
        text=True,
        timeout=60,
    )


# -- the model


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("./nowhere", "There is no model folder ./nowhere"),
        ("nowhere", "a Hugging Face repository such as"),
        ("a b/c", "a Hugging Face repository such as"),
        ("\x1b[2J", "a Hugging Face repository such as"),
        ("model.gguf", "GGUF"),
        (__file__, "is a file: name the folder"),
    ],
)
def test_a_missing_model_is_one_line(home: Home, model: str, said: str):
    done = home.run("-m", model, "-p", "hi")
    one_line(done, said)
    assert "\x1b" not in done.stderr


def test_a_model_that_is_not_fetched_names_the_command_that_does_it(home: Home):
    done = home.run("-m", "someone/some-model", "-p", "hi")
    one_line(done, "HF_HUB_OFFLINE=0 carnice-chat models pull someone/some-model")


def test_a_folder_without_a_model_is_one_line(home: Home, tmp_path: Path):
    (tmp_path / "empty").mkdir()
    one_line(home.run("-m", str(tmp_path / "empty"), "-p", "hi"), "config.json")


def test_modules_in_the_present_folder_are_not_run(home: Home, tiny: str):
    for name in ("mlx", "mlx_lm", "json", "carnice_tui", "msgspec"):
        (home.folder / f"{name}.py").write_text("open('owned', 'w').close()\n")
    done = home.run("-m", tiny, "-p", "hi", *SHORT)
    assert done.returncode == 0, done.stderr
    assert not (home.folder / "owned").exists()


# -- what is said


@pytest.mark.parametrize("prompt", ["", "  \n\t "])
def test_an_empty_prompt_is_one_line(home: Home, tiny: str, prompt: str):
    one_line(home.run("-m", tiny, "-p", prompt), "The prompt is empty", "carnice-chat -p '")


def test_an_empty_prompt_with_an_empty_pipe_is_empty_too(home: Home, tiny: str):
    one_line(home.run("-m", tiny, "-p", "", stdin=b"\n"), "The prompt is empty")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"a\0b", "a NUL byte at 1"),
        (b"x" * 70_000 + b"\0", "a NUL byte at 70,000"),
        (b"\x89PNG\r\n\x1a\n\0\0", "NUL byte"),
        (b"caf\xe9", "byte 3 is 0xe9"),
        ("hi".encode("utf-16"), "NUL byte"),
        (b"ok \xed\xa0\x80", "byte 3 is 0xed"),
    ],
)
def test_what_is_no_text_on_standard_input_is_refused(home: Home, data: bytes, said: str):
    one_line(home.run("-p", "look", stdin=data), "Standard input is no", said)
    assert home.sessions() == []


def test_50_mb_on_standard_input_are_refused_before_they_are_read(home: Home):
    source = f'{sys.executable} -c \'import sys; [sys.stdout.write("x" * 9999 + chr(10))'
    done = shell(
        home,
        f"{source} for _ in range(5000)]' 2>/dev/null | carnice-chat -p look; "
        'echo "${PIPESTATUS[1]}"',
    )
    assert done.stdout == "2\n"
    assert f"longer than {LIMIT // 2**20} MiB" in done.stderr
    assert "head -c" in done.stderr
    assert done.stderr.count("\n") == 1


def test_text_that_does_not_fit_the_window_is_refused_with_the_numbers(home: Home, tiny: str):
    done = home.run("-m", tiny, "-p", "look", *SHORT, stdin=b"word " * 9000)
    one_line(done, "is 45,0", "the window is 2,048", "Start a new session")


# -- standard output


def test_a_closed_pipe_is_quiet_and_status_141(home: Home, tiny: str):
    done = shell(
        home,
        f"carnice-chat -m {tiny} {' '.join(LONG)} -o jsonl"
        ' | head -1 >/dev/null; echo "${PIPESTATUS[0]}"',
    )
    assert done.stdout == "141\n"
    assert done.stderr == ""
    (session,) = home.sessions()
    assert [n.role for n in read_session(session).tree().path()] == ["user", "assistant"]


def test_a_closed_pipe_is_quiet_for_help_too(home: Home):
    done = shell(home, 'carnice-chat --help | true; echo "${PIPESTATUS[0]}"')
    assert done.stdout in ("141\n", "0\n")  # 0 where help was written before `true` had ended
    assert done.stderr == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is Linux's")
def test_a_full_standard_output_is_one_line_and_the_answer_is_saved(home: Home, tiny: str):
    with Path("/dev/full").open("wb") as full:
        done = home.run("-m", tiny, "-p", "hello", *SHORT, stdout=full)
    one_line(done, "No space left on device", "--continue")
    (session,) = home.sessions()
    assert read_session(session).tree().path()[-1].role == "assistant"


def test_a_closed_standard_output_is_one_line(home: Home, tiny: str):
    done = shell(home, f"carnice-chat -m {tiny} {' '.join(SHORT)} -p hello >&-")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr


def test_a_closed_standard_error_changes_nothing(home: Home, tiny: str):
    done = shell(home, f"carnice-chat -m {tiny} {' '.join(SHORT)} -p hello --show-thinking 2>&-")
    assert done.returncode == 0
    assert done.stdout


# -- the disk


def test_a_read_only_data_folder_costs_the_saving_not_the_answer(home: Home, tiny: str, small_disk):
    home.env["CARNICE_DATA_DIR"] = str(small_disk("ro"))
    done = home.run("-m", tiny, "-p", "hello", *SHORT)
    assert done.returncode == 0
    assert done.stdout.strip()
    assert "read-only file system" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_data_folder_that_cannot_be_made_costs_the_saving_not_the_answer(home: Home, tiny: str):
    (home.folder / "data").write_text("a file is in the way")
    done = home.run("-m", tiny, "-p", "hello", *SHORT)
    assert done.returncode == 0
    assert done.stdout.strip()
    assert "carnice-chat: " in done.stderr
    assert "Traceback" not in done.stderr


def own_rescues(home: Home) -> dict[str, str]:
    """Rescued sessions come into the test's own folder; what MLX compiles must not go there."""
    return {"TMPDIR": str(home.folder), "MLX_DISABLE_COMPILE": "1"}


def test_a_full_disk_loses_nothing(home: Home, tiny: str, small_disk):
    home.env["CARNICE_DATA_DIR"] = str(small_disk("size=4k"))
    done = home.run("-m", tiny, *LONG, "-o", "jsonl", env=own_rescues(home))
    assert done.returncode == 0
    assert "no space left on device" in done.stderr
    assert "Traceback" not in done.stderr
    kept = sum(len(path.read_bytes().splitlines()) for path in home.folder.rglob("*.jsonl"))
    assert kept > len(done.stdout.splitlines())  # the header is one more


def test_a_file_size_limit_is_a_full_disk_too(home: Home, tiny: str):
    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    done = home.run("-m", tiny, *LONG, "-o", "json", env=own_rescues(home), preexec_fn=limited)
    assert "Traceback" not in done.stderr
    assert "file too large" in done.stderr
    assert json.loads(done.stdout)["answer"]


def test_a_state_folder_that_cannot_be_written_costs_the_log_not_the_answer(home: Home, tiny: str):
    (home.folder / "state").write_text("a file is in the way")
    done = home.run("-m", tiny, "-p", "hello", *SHORT)
    assert "Traceback" not in done.stderr
    assert done.returncode == 0, done.stderr


# -- errors of our own


def test_a_traceback_is_in_the_log_and_with_debug_on_the_screen(home: Home):
    broken = {"PYTHONPATH": f"{home.folder / 'broken'}{os.pathsep}{home.env['PYTHONPATH']}"}
    (home.folder / "broken").mkdir()
    (home.folder / "broken" / "psutil.py").write_text("raise RuntimeError('a bug\\x1b[2J')\n")

    quiet = home.run("doctor", env=broken)
    loud = home.run("--debug", "doctor", env=broken)

    one_line(quiet, "an error of ours", "a bug", str(home.log), "--debug")
    assert "\x1b" not in quiet.stderr
    assert "RuntimeError: a bug" in home.log.read_text()
    assert "Traceback" in home.log.read_text()
    assert "Traceback" in loud.stderr


def test_a_locale_without_our_characters_ends_no_command(home: Home):
    done = home.run("sessions", "show", "processitems", env={"PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (0, "")
    assert "── You" in done.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is Linux's")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("sessions show processitems >/dev/full", "No space left on device: standard output"),
        ("sessions show processitems >&-", "standard output"),
        ("replay processitems --instant >/dev/full", "No space left on device: standard output"),
    ],
)
def test_a_report_that_nobody_gets_says_so(home: Home, words: str, said: str):
    done = shell(home, f"carnice-chat {words}")
    one_line(done, said)


def test_a_replay_of_a_closed_standard_input_is_one_line(home: Home):
    one_line(shell(home, "carnice-chat replay - <&-"), "Standard input is empty")
