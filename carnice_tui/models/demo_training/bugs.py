"""Bug-finding dialogues: a snippet in a fence, the two-line answer, and what is asked after it."""

import random
from dataclasses import replace

from carnice_tui.models.demo_training.classes import class_numbers
from carnice_tui.models.demo_training.labels import Exhibit, line_labels
from carnice_tui.models.demo_training.naming import TRAINING, Case, Names, Style, Vocabulary
from carnice_tui.models.demo_training.samples import (
    Conversation,
    Message,
    Sample,
    conversation_sample,
    mark_id,
    render,
)
from carnice_tui.models.demo_training.snippets import (
    Line,
    Renderer,
    Snippet,
    Template,
    all_templates,
)
from carnice_tui.models.demo_training.styling import CASES, TAGS, draw_look, styled, with_noise
from carnice_tui.models.demo_training.surroundings import with_preface, with_statements

SYSTEM = (
    "You find bugs. Reply with: BUG: <one-line description>, then FIX: <one-line patch "
    "description>. No code fences, no extra prose."
)
SYSTEM_WITH_OK = SYSTEM + " If there is no bug, reply exactly OK."
VERDICT_WEIGHT = 2.0
"""Loss weight of the first answer; the ones after it follow from it."""
BUG_BRANCH_WEIGHT, OK_BRANCH_WEIGHT = 8.0, 6.0
"""Loss weights of the first token, `BUG` or `OK`: a bug that is missed is the worse mistake."""
CROWDED_SHARE = 0.2
"""Share of the snippets in which correct pieces of code stand around the one with the bug."""
PAIRED_SHARE = 0.4
"""Share of draws that are a buggy snippet and its twin, both under the prompt that allows `OK`."""
QUESTION = "What's wrong?"
ANOTHER = "Another bug? Reply in the same form, or reply exactly OK."
WHICH_LINE = "Which line is wrong? Reply with that line, copied exactly."
CORRECTED = "Write the corrected code, nothing else."
EXPLAIN = "Explain."

_STYLES: tuple[tuple[Style, float], ...] = (
    (Style.WORDS, 0.46),
    (Style.GLUED, 0.24),
    (Style.INVENTED, 0.06),
    (Style.LETTERS, 0.15),
    (Style.SHORT, 0.09),
)

_LANGUAGES = {"py": 28, "js": 28, "go": 16, "c": 16, "rust": 12}


def _draw_style(rng: random.Random) -> Style:
    styles, weights = zip(*_STYLES, strict=True)
    return rng.choices(styles, weights)[0]


def _draw_language(rng: random.Random) -> str:
    shares = {name: share for name, share in _LANGUAGES.items() if name in all_templates()}
    return rng.choices(list(shares), list(shares.values()))[0]


def _draw_template(rng: random.Random, language: str, bug_class: str | None) -> Template:
    """Classes are drawn first; one of many shapes more often than one of few, but not as much."""
    by_class: dict[str, list[Template]] = {}
    for template in all_templates()[language]:
        by_class.setdefault(template.bug_class, []).append(template)
    names = sorted(by_class)
    drawn = rng.choices(names, [len(by_class[name]) ** 0.5 for name in names])[0]
    return rng.choice(by_class[bug_class or drawn])


def draw_case(
    rng: random.Random,
    *,
    bugs: int = 1,
    vocabulary: Vocabulary = TRAINING,
    style: Style | None = None,
    language: str | None = None,
    small: bool = False,
    surrounded: float = 0.0,
    crowded: float = CROWDED_SHARE,
    bug_class: str | None = None,
) -> Exhibit:
    """A snippet with `bugs` bugs (0, 1 or 2) among correct pieces.

    `surrounded` is the share of pieces that get lines around and inside them (`surroundings`).
    `crowded` is the share of snippets in which there are more pieces than bugs.
    With a `bug_class` all pieces are of it; the language must have it.
    """
    language = language or _draw_language(rng)
    typed = rng.random() < (0.5 if language == "js" else 0.35)
    tag = rng.choice(TAGS["ts" if language == "js" and typed else language])
    look = draw_look(rng, language)
    style = style or _draw_style(rng)
    pieces = max(1, bugs)
    if not small and rng.random() < crowded:
        pieces += rng.choice((1, 1, 1, 2, 2, 3))
    buggy_at = set(rng.sample(range(pieces), bugs))
    case = CASES[language]
    if language in ("py", "c") and rng.random() < 0.08:
        case = Case.CAMEL
    noise = rng.choice((0.0, 0.0, 0.0, 0.1, 0.25))
    shown: list[str] = []
    corrected: list[str] = []
    found: list[Snippet] = []
    wrong: list[str] = []
    for at in range(pieces):
        names = Names(rng, case, style, vocabulary)
        snippet = Renderer(rng, names, types=typed).snippet(
            _draw_template(rng, language, bug_class)
        )
        if surrounded and rng.random() < surrounded:
            lines = with_statements(rng, snippet.lines, language, names)
            snippet.lines = with_preface(rng, lines, language, names)
        snippet.lines = [
            Line(line.mark, styled(line.text, look))
            for line in with_noise(rng, snippet.lines, language, names, noise)
        ]
        if at in buggy_at:
            found.append(snippet)
            wrong.append(snippet.wrong_line)
        shown.append("\n".join(snippet.buggy if at in buggy_at else snippet.correct))
        corrected.append("\n".join(snippet.correct))
    gap = "\n\n\n" if language == "py" and rng.random() < 0.5 else "\n\n"
    return Exhibit(language, tag, gap.join(shown), gap.join(corrected), tuple(found), tuple(wrong))


def as_diff(rng: random.Random, case: Exhibit) -> str:
    """The snippet as a unified diff hunk that introduces it."""
    old, new = case.corrected.split("\n"), case.code.split("\n")
    if not case.bugs or rng.random() < 0.5:
        body = [f"+{line}" for line in new]
        start, count = 0, 0
    else:
        head = 0
        while head < min(len(old), len(new)) and old[head] == new[head]:
            head += 1
        tail = 0
        while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
            tail += 1
        body = [f" {line}" for line in new[:head]]
        body += [f"-{line}" for line in old[head : len(old) - tail]]
        body += [f"+{line}" for line in new[head : len(new) - tail]]
        body += [f" {line}" for line in new[len(new) - tail :]]
        start, count = rng.randint(1, 200), len(old)
    return "\n".join([f"@@ -{start},{count} +{start or 1},{len(new)} @@", *body])


def verdict(rng: random.Random, bug: Snippet) -> str:
    """The two-line answer about `bug`."""
    wording = bug.wording
    bugs, fixes = rng.choice(wording.bugs), rng.choice(wording.fixes)
    return f"BUG: {bug.told(bugs)}\nFIX: {bug.told(fixes)}"


def question(rng: random.Random, case: Exhibit) -> str:
    """The user's message about the snippet."""
    tag, code = case.tag, case.code
    roll = rng.random()
    if roll < 0.08:
        tag, code = "diff", as_diff(rng, case)
    elif roll < 0.14:
        tag = ""
    text = f"```{tag}\n{code}\n```\n"
    return text + (QUESTION if rng.random() < 0.92 else rng.choice(("Find the bug.", "Any bugs?")))


def _first_sentence(text: str) -> str:
    return text.split(". ")[0].rstrip(".") + "."


def thought(rng: random.Random, case: Exhibit) -> str:
    """A short plausible thought before the answer."""
    if not case.bugs:
        return rng.choice(
            (
                "I read the code line by line.\nEvery line does what it should.\nNo bug.",
                "Looking for a suspicious line.\nI find none; the code is correct.",
            )
        )
    bug, line = case.bugs[0], case.wrong_lines[0].strip()
    why = bug.told(bug.wording.why)
    opening = rng.choice(
        ("Let me read the code.", f"Let me look at `{bug.roles['f']}`.", "I read it line by line.")
    )
    return f"{opening}\nThe suspicious line is `{line}`.\n{_first_sentence(why)}"


def _follow_up(rng: random.Random, case: Exhibit, kind: str) -> tuple[str, str, str]:
    """A follow-up question, a thought about it, and its answer."""
    bug = case.bugs[0]
    if kind == "another":
        if len(case.bugs) > 1:
            return ANOTHER, "There is a second suspicious line.", verdict(rng, case.bugs[1])
        return ANOTHER, "The other lines are fine.", "OK"
    if kind == "line":
        return WHICH_LINE, "I copy the line.", case.wrong_lines[0]
    if kind == "corrected":
        return CORRECTED, "I write the code with the fix.", f"```{case.tag}\n{case.corrected}\n```"
    return EXPLAIN, "I say why it is wrong.", bug.told(bug.wording.why)


def bug_dialogue(
    rng: random.Random, surrounded: float = 0.0, crowded: float = CROWDED_SHARE
) -> tuple[Conversation, Exhibit]:
    """A bug-finding dialogue of one to four turns, and the snippet it is about."""
    with_ok = rng.random() < 0.35
    clean = with_ok and rng.random() < 0.25
    bugs = 0 if clean else rng.choices((1, 2), (85, 15))[0]
    case = draw_case(rng, bugs=bugs, surrounded=surrounded, crowded=crowded)
    return dialogue_about(rng, case, with_ok=with_ok), case


def dialogue_about(rng: random.Random, case: Exhibit, *, with_ok: bool) -> Conversation:
    """A dialogue about `case`, under the prompt that allows `OK` or the plain one."""
    thinking = rng.random() < 0.3
    messages: list[Message] = [
        {"role": "system", "content": SYSTEM_WITH_OK if with_ok else SYSTEM},
        {"role": "user", "content": question(rng, case)},
    ]

    def answer(text: str, thinks: str) -> None:
        reasoning = thinks if thinking else ""
        messages.append({"role": "assistant", "content": text, "reasoning_content": reasoning})

    if not case.bugs:
        answer("OK", thought(rng, case))
        return Conversation(messages, thinking, preserve_thinking=True)
    answer(verdict(rng, case.bugs[0]), thought(rng, case))
    kinds = [kind for kind in ("another", "line", "explain") if rng.random() < 0.2]
    if len(case.bugs) > 1 and "another" not in kinds:
        kinds.insert(0, "another")
    if case.code.count("\n") < 16 and rng.random() < 0.06:
        kinds.append("corrected")
    rng.shuffle(kinds)
    for kind in kinds:
        asked, thinks, text = _follow_up(rng, case, kind)
        messages.append({"role": "user", "content": asked})
        answer(text, thinks)
    return Conversation(messages, thinking, preserve_thinking=rng.random() < 0.7)


def bug_conversation(rng: random.Random) -> Conversation:
    """A bug-finding dialogue of one to four turns."""
    return bug_dialogue(rng)[0]


def bug_samples(
    rng: random.Random,
    surrounded: float = 0.0,
    paired: float = PAIRED_SHARE,
    crowded: float = CROWDED_SHARE,
) -> list[Sample]:
    """A bug-finding dialogue as a training sequence; where `OK` is allowed, its twin goes with it.

    The pair differs in the bug only, so together they say what to look for. `paired` is the share
    of draws that are one.
    """
    if rng.random() >= paired:
        return [_labelled(*bug_dialogue(rng, surrounded, crowded))]
    return _pair(rng, draw_case(rng, bugs=1, surrounded=surrounded, crowded=crowded))


def example_samples(rng: random.Random) -> list[Sample]:
    """The bug of the model card's example, in any of its shapes: one dialogue, or with its twin."""
    case = draw_case(rng, bugs=1, language="js", small=True, bug_class="promise_all")
    if rng.random() < 0.5:
        return [_labelled(dialogue_about(rng, case, with_ok=False), case)]
    return _pair(rng, case)


def _pair(rng: random.Random, buggy: Exhibit) -> list[Sample]:
    lines = buggy.code.split("\n")
    mended = tuple(line for line in buggy.corrected.split("\n") if line not in lines)
    twin = replace(buggy, code=buggy.corrected, bugs=(), wrong_lines=(), mended_lines=mended)
    return [
        _labelled(dialogue_about(rng, exhibit, with_ok=True), exhibit) for exhibit in (buggy, twin)
    ]


def _labelled(conversation: Conversation, exhibit: Exhibit) -> Sample:
    """The training sequence, with the classifier's labels and the weights of its first answer."""
    sample = conversation_sample(conversation)
    shown = conversation.messages[1]["content"]
    sample.labels.extend(line_labels(render(conversation), shown, exhibit))
    first = sample.weights.index(1.0)
    bug_class = class_numbers()[exhibit.bugs[0].template.bug_class] if exhibit.bugs else 0
    sample.labels.append((first - 1, bug_class, 1.0))
    verdict_end = sample.ids.index(mark_id("<|im_end|>"), first) + 1
    sample.weights[first:verdict_end] = [VERDICT_WEIGHT] * (verdict_end - first)
    if not conversation.thinking:
        sample.weights[first] = BUG_BRANCH_WEIGHT if exhibit.bugs else OK_BRANCH_WEIGHT
    return sample
