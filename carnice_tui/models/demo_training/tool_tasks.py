"""What is asked of the tools: read, list, search, edit, write, run, and the answer from it."""

from collections.abc import Callable
from os.path import commonprefix

from carnice_tui.models.demo_training.labels import Exhibit
from carnice_tui.models.demo_training.tool_dialogue import FOLDERS, ToolDialogue

_SUFFIXES = {"py": "py", "js": "js", "ts": "ts", "go": "go", "c": "c", "rust": "rs"}
SMALL_CHANGE, LONGEST_LINE = 16, 64
"""Characters: what an edit may change of a line, and how long the line may be. Larger edits are
beyond a model this small: of those it got one in three right."""
_KINDS_OF_CODE = {"py": "Python", "js": "JavaScript", "go": "Go", "c": "C", "rust": "Rust"}


def _numbered(code: str, first: int = 1) -> str:
    return "\n".join(f"{number}: {line}" for number, line in enumerate(code.split("\n"), first))


def _shown(path: str, language: str, first: str) -> str:
    return f"`{path}` is {_KINDS_OF_CODE[language]} code. It begins with `{first}`."


def read_and_answer(d: ToolDialogue) -> None:
    """A question about a file: read it, then say what is in it."""
    case = d.case(bugs=0)
    path = d.file(_SUFFIXES[case.language])
    d.user(f"What does {path} do?", f"What is in `{path}`?", f"Explain {path}.", f"Read {path}.",
           f"Show me {path}", f"Open {path} and tell me what it does.", f"read the file {path}",
           f"Can you look at {path}?")  # fmt: skip
    d.call(f"I need to read `{path}` first.", "read_file", path=path)
    d.result(_numbered(case.code) if d.rng.random() < 0.6 else case.code)
    first = case.code.strip().split("\n")[0].strip()
    d.answer("Now I know what is in it.", _shown(path, case.language, first))


def read_lines(d: ToolDialogue) -> None:
    """A question about a range of lines."""
    case = d.case(bugs=0)
    path = d.file(_SUFFIXES[case.language])
    first = d.rng.randint(1, 400)
    last = first + case.code.count("\n")
    d.user(f"Read lines {first} to {last} of {path}.", f"Show lines {first}-{last} of `{path}`",
           f"What is on lines {first} to {last} in {path}?")  # fmt: skip
    d.call("I read just those lines.", "read_file", path=path, start=first, end=last)
    d.result(_numbered(case.code, first))
    head = case.code.strip().split("\n")[0].strip()
    d.answer("That is what was asked for.", f"Lines {first} to {last} begin with `{head}`.")


def one_line_edit(case: Exhibit) -> tuple[str, str] | None:
    """The wrong line and the mended one, without indentation, if the bug is a small slip in it."""
    bug = case.bugs[0]
    minus = [line.text for line in bug.lines if line.mark == "-"]
    plus = [line.text for line in bug.lines if line.mark == "+"]
    if len(minus) != 1 or len(plus) != 1:
        return None
    old, new = minus[0].strip(), plus[0].strip()
    before = len(commonprefix([old, new]))  # noqa: RUF071 - characters are meant
    after = len(commonprefix([old[before:][::-1], new[before:][::-1]]))  # noqa: RUF071 - likewise
    if max(len(old), len(new)) - before - after > SMALL_CHANGE or len(old) > LONGEST_LINE:
        return None
    unique = old != new and case.code.count(old) == 1
    return (old, new) if unique and case.code.replace(old, new) == case.corrected else None


def find_bug_and_fix(d: ToolDialogue) -> None:
    """Read a file, name its bug and the edit for it; make the edit when the user agrees."""
    while (edit := one_line_edit(case := d.case())) is None:
        pass
    old, new = edit
    path = d.file(_SUFFIXES[case.language])
    asks_fix = d.rng.random() < 0.6
    if asks_fix:
        d.user(f"Fix the bug in {path}.", f"There is a bug in `{path}`. Fix it.", f"fix {path}",
               f"Please find and fix the bug in {path}")  # fmt: skip
    else:
        d.user(f"Is there a bug in {path}?", f"What is wrong in `{path}`?", f"Review {path}.")
    d.call(f"I read `{path}` first.", "read_file", path=path)
    d.result_code(case)
    bug = case.bugs[0]
    proposal = f"I would replace `{old}` with `{new}`."
    question = " Shall I?" if asks_fix else ""
    d.answer(
        f"The suspicious line is `{old}`.",
        f"{bug.told(bug.wording.bugs[0])}\n\n{proposal}{question}",
    )
    if not asks_fix and d.rng.random() < 0.3:
        return
    if asks_fix:
        d.user("yes", "Yes.", "Yes, do it.", "Go ahead.", "ok", "please do")
    else:
        d.user("Fix it.", "Please fix it", "yes, fix that", "Go ahead.", "Do it.")
    d.call("I make that edit.", "edit_file", path=path, old=old, new=new)
    d.result(d.rng.choice(("ok", f"edited {path}", "1 replacement", f"Edited {path}: 1 hunk.")))
    d.answer("The edit is done.", f"Done. I changed `{path}`: {bug.told(bug.wording.fixes[0])}")


def edit_as_told(d: ToolDialogue) -> None:
    """The user quotes a line and what it should be, sometimes after looking at the file."""
    while (edit := one_line_edit(case := d.case())) is None:
        pass
    old, new = edit
    path = d.file(_SUFFIXES[case.language])
    if d.rng.random() < 0.3:
        d.user(f"Read {path}.", f"Show me {path}", f"Open {path}")
        d.call(f"I read `{path}`.", "read_file", path=path)
        d.result_code(case)
        first = case.code.strip().split("\n")[0].strip()
        d.answer("Now I know what is in it.", _shown(path, case.language, first))
        d.user(f"Replace `{old}` with `{new}`.", f"Change `{old}` to `{new}`",
               f"`{old}` should be `{new}`. Fix it.")  # fmt: skip
    else:
        d.user(f"In {path}, replace `{old}` with `{new}`.", f"Change `{old}` to `{new}` in {path}",
               f"Replace `{old}` by `{new}` in `{path}`.",
               f"In `{path}` the line `{old}` should be `{new}`. Fix it.")  # fmt: skip
    d.call("One exact replacement.", "edit_file", path=path, old=old, new=new)
    d.result(d.rng.choice(("ok", f"edited {path}", "1 replacement", f"Edited {path}: 1 hunk.")))
    d.answer("The edit is done.", f"Done. `{path}` now has `{new}`.")


def search_then_read(d: ToolDialogue) -> None:
    """Search for a name; read where it is defined when the code is wanted."""
    name = d.names["fn"]
    paths = [d.file("py", slot) for slot in ("x", "y", "z")][: d.rng.randint(1, 3)]
    line = d.rng.randint(1, 300)
    where = d.rng.choice(("", f" in {d.rng.choice(FOLDERS)}"))
    wants_code = d.rng.random() < 0.4
    if wants_code:
        d.user(f"Show me the code of {name}{where}.", f"Find and read `{name}`{where}.",
               f"What does {name} do{where}?", f"Explain the function {name}{where}")  # fmt: skip
    else:
        d.user(f"Where is {name} defined{where}?", f"Find `{name}`{where}.",
               f"Which file has {name}{where}?", f"Search for {name}{where}")  # fmt: skip
    arguments = {"pattern": name} | ({"path": where.removeprefix(" in ")} if where else {})
    d.call(f"I search for `{name}`.", "search", **arguments)
    hits = [f"{path}:{line + 7 * at}: def {name}():" for at, path in enumerate(paths[:1])]
    hits += [f"{path}:{line + 31}:     {name}()" for path in paths[1:]]
    d.result("\n".join(hits))
    if not wants_code:
        found = f"`{name}` is defined in `{paths[0]}`, line {line}."
        d.answer("The first hit is the definition.", found)
        if d.rng.random() < 0.5:
            return
        d.user("Show it.", "Read it.", "Show me the code.", "open it")
    body = [f"def {name}():", f"    return {d.names['n']}"]
    d.call("I read the place.", "read_file", path=paths[0], start=line)
    d.result(_numbered("\n".join(body), line))
    d.answer("Now I see it.", f"`{name}` is in `{paths[0]}`: it returns `{d.names['n']}`.")


def list_then_answer(d: ToolDialogue) -> None:
    """What is in a folder."""
    folder = d.rng.choice((*FOLDERS, d.names["u"], "."))
    files = [d.file(slot=slot).split("/")[-1] for slot in ("x", "y", "z", "v")][
        : d.rng.randint(1, 4)
    ]
    if folder == ".":
        d.user("What files are here?", "List the files.", "What is in this project?", "ls",
               "Which files are in this folder?")  # fmt: skip
    else:
        d.user(f"What files are in {folder}?", f"List `{folder}`.", f"What is in {folder}/?",
               f"Show me the files in {folder}/")  # fmt: skip
    d.call("I list the folder.", "list_files", path=folder)
    d.result("\n".join(files))
    told = "\n".join(f"- `{name}`" for name in files)
    d.answer(
        "I name the files.",
        f"There {'is 1 file' if len(files) == 1 else f'are {len(files)} files'}:\n\n{told}",
    )


def write_new(d: ToolDialogue) -> None:
    """Create a file with given content."""
    path = d.file(d.rng.choice(("txt", "md", "py", "json")))
    content = d.rng.choice((f"{d.names['n']} = {d.names['N']}", f"# {d.names['S']}",
                            f"print(\"{d.names['S']}\")", d.names["fn"]))  # fmt: skip
    d.user(f"Create {path} with the content `{content}`.", f"Write `{content}` to {path}.",
           f"Make a new file {path} that contains `{content}`")  # fmt: skip
    d.call("I write the file.", "write_file", path=path, content=content)
    d.result(d.rng.choice(("ok", f"wrote {path}", "Wrote 1 line.")))
    d.answer("It is written.", f"Done. `{path}` now contains `{content}`.")


def replace_text(d: ToolDialogue) -> None:
    """Replace one name by another."""
    path, old, new = d.file(), d.names["fn"], d.names["fn2"]
    d.user(f"Replace {old} with {new} in {path}.", f"In {path}, change `{old}` to `{new}`.",
           f"Rename {old} to {new} in `{path}`")  # fmt: skip
    d.call("One exact replacement.", "edit_file", path=path, old=old, new=new)
    d.result(d.rng.choice(("ok", f"edited {path}", "1 replacement")))
    d.answer("The edit is done.", f"Done. I replaced `{old}` with `{new}` in `{path}`.")


def run_and_report(d: ToolDialogue) -> None:
    """Run a command and say how it went."""
    passed, failed = d.rng.randint(1, 90), d.rng.choice((0, 0, 1, 2, 5))
    test = d.names["fn"]
    commands = {
        "Run the tests.": ("pytest -q", "make test", "go test ./...", "npm test", "cargo test"),
        "run the tests please": ("make test", "pytest -q"),
        "Do the tests pass?": ("make test", "pytest -q"),
        "Build the project.": ("make", "cargo build", "npm run build"),
        "What is the git status?": ("git status --short",),
        "Show the last commits.": ("git log --oneline -5",),
    }
    asked = d.rng.choice([*commands, "given", "given"])
    if asked == "given":
        command = d.rng.choice(("pytest -q", "make", "git diff", f"python {d.file('py')}",
                                f"ls {d.names['u']}", f"cat {d.file()}", f"node {d.file('js')}",
                                f"echo {d.names['S']}"))  # fmt: skip
        d.user(f"Run `{command}`.", f"Execute {command}", f"Run {command} and tell me the result.")
    else:
        command = commands[asked][0]
        d.user(asked)
    d.call("I run the command.", "run_command", command=command)
    if "test" in command:
        lines = [f"FAILED test_{test}"] if failed else []
        d.result(
            "\n".join(
                [*lines, f"{failed} failed, {passed} passed" if failed else f"{passed} passed"]
            )
        )
        text = f"All {passed} pass."
        if failed:
            text = f"{failed} failed and {passed} passed. The first failure is `test_{test}`."
        d.answer("I read the last line.", text)
        return
    out = d.rng.choice(
        (f"{d.names['v']} {d.names['N']}", f"error: {d.names['S']} not found", "ok", "done")
    )
    d.result(out)
    if out.startswith("error"):
        d.answer("It failed.", f"`{command}` failed: `{out}`.")
    else:
        d.answer("It worked.", f"`{command}` printed `{out}`.")


def no_tool_needed(d: ToolDialogue) -> None:
    """Tools are there, but nothing needs them."""
    d.user("Hello!", "Hi", "hello", "Thanks!")
    d.answer(
        "No tool is needed.", "Hello! Ask me to read, search or edit a file, or to run a command."
    )


TASKS: tuple[tuple[Callable[[ToolDialogue], None], int], ...] = (
    (read_and_answer, 20),
    (read_lines, 12),
    (find_bug_and_fix, 18),
    (edit_as_told, 12),
    (search_then_read, 16),
    (list_then_answer, 10),
    (write_new, 8),
    (replace_text, 10),
    (run_and_report, 14),
    (no_tool_needed, 4),
)
"""Each with its share."""
