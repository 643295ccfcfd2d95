"""Tool dialogues as training sequences, and drills of what is hard in them: to copy exactly."""

import random
from dataclasses import replace
from string import Template
from typing import Any

from carnice_tui.models.demo_training.labels import line_labels
from carnice_tui.models.demo_training.naming import TRAINING, Case, Names, Vocabulary
from carnice_tui.models.demo_training.samples import (
    Conversation,
    Sample,
    conversation_sample,
    mark_id,
    render,
    shipped_tokenizer,
)
from carnice_tui.models.demo_training.tool_dialogue import ToolDialogue
from carnice_tui.models.demo_training.tool_failures import failing
from carnice_tui.models.demo_training.tool_schemas import PARAMETERS, tool_schemas
from carnice_tui.models.demo_training.tool_tasks import TASKS, one_line_edit

_SHORT_LIST_SHARE = 0.75
_ECHOING = 0.4
_SLIP_SHARE = 0.5
"""Of the drilled edits: those made from `_SLIPS` and not from a bug's template."""
CALL_WEIGHT = 2.0
"""Loss weight of a call: one wrong token of a path or of an edit makes the whole call wrong."""


def tool_dialogue(
    rng: random.Random,
    vocabulary: Vocabulary = TRAINING,
    *,
    another: float = 0.45,
    echoing: float = 0.0,
    failed: float = 0.0,
) -> ToolDialogue:
    """A dialogue of a task and, each time with the chance `another`, one more.

    In a share `failed` of the tasks a call comes to nothing.
    """
    dialogue = ToolDialogue(rng, vocabulary, echoing=echoing)
    tasks, weights = zip(*TASKS, strict=True)

    def do_one() -> None:
        task = rng.choices(tasks, weights)[0]
        if failed and rng.random() < failed:
            failing(task, dialogue)
        else:
            task(dialogue)

    do_one()
    while rng.random() < another and len(dialogue.messages) < 14:
        dialogue.names = Names(rng, Case.SNAKE, dialogue.names.style, vocabulary)
        do_one()
    return dialogue


def _conversation(dialogue: ToolDialogue) -> Conversation:
    rng = dialogue.rng
    preserve = rng.random() < 0.8
    return Conversation(dialogue.messages, dialogue.thinking, preserve, tool_schemas(rng))


def tool_conversation(
    rng: random.Random, vocabulary: Vocabulary = TRAINING, *, failed: float = 0.0
) -> Conversation:
    """A dialogue of a task or a few, which lists every tool; `failed` as in `tool_dialogue`."""
    return _conversation(tool_dialogue(rng, vocabulary, failed=failed))


def _shorter_list(rng: random.Random, conversation: Conversation) -> list[dict[str, Any]]:
    """The tools the dialogue uses and a few more, so that a sample is not mostly their list."""
    used = {
        call["function"]["name"]
        for message in conversation.messages
        for call in message.get("tool_calls", [])
    }
    more = rng.sample(sorted(PARAMETERS), rng.randint(0, 2))
    return [tool for tool in conversation.tools if tool["function"]["name"] in {*used, *more}]


def _weigh_calls(sample: Sample) -> None:
    start, end = map(mark_id, ("<tool_call>", "</tool_call>"))
    inside = False
    for at, token in enumerate(sample.ids):
        inside = (inside or token == start) and token != end
        if inside and sample.weights[at] == 1.0:
            sample.weights[at] = CALL_WEIGHT


def tool_sample(rng: random.Random, *, failed: float = 0.0) -> Sample:
    """A tool dialogue as a training sequence; most list a few tools only."""
    dialogue = tool_dialogue(rng, another=0.6, echoing=_ECHOING, failed=failed)
    conversation = _conversation(dialogue)
    if rng.random() < _SHORT_LIST_SHARE:
        conversation = replace(conversation, tools=_shorter_list(rng, conversation))
    sample = conversation_sample(conversation)
    _weigh_calls(sample)
    text = render(conversation)
    for exhibit in dialogue.shown:
        sample.labels.extend(line_labels(text, exhibit.code, exhibit))
    return sample


_TOLD = (
    "In {path}, replace `{old}` with `{new}`.\n",
    "{path}: `{old}` should be `{new}`.\n",
    "I would replace `{old}` with `{new}` in `{path}`.\n",
)
_CALLED = (
    "<parameter=path>\n{path}\n</parameter>\n<parameter=old>\n{old}\n</parameter>\n"
    "<parameter=new>\n{new}\n</parameter>\n"
)

_SLIPS = (
    ("return $t($a * $b)", "return $t($a) * $t($b)"),
    ("$x = $a.$f($b)", "$x = $a.$f($b) + $a.$f($c)"),
    ("if ($a[$b] > $a[$c])", "if ($a[$b] < $a[$c])"),
    ("if $a.$f == $b.$c:", "if $a.$f == $b.$f:"),
    ("const $x = $a.$f(($b, $c) => $b - $c)", "const $x = $a.slice().$f(($b, $c) => $b - $c)"),
    ("return { $b: $t($a[1]), $c: $t($a[2]) };", "return $a && { $b: $t($a[1]), $c: $t($a[2]) };"),
    ("while $a < $b and $b < $c:", "while $a < $b and $a < $c:"),
    ("$x[$a] = $x[$b];", "$x[$a] = $x[$b + 1];"),
    ("$a.$f($b, $c);", "$a.$f($c, $b);"),
    ("$x += $a.$b", "$x += $a.$b * $a.$c"),
    ("return $a || $b", "return $a && $a.$b"),
    ("for $a in $b.$c():", "for $a in list($b.$c()):"),
)
"""Wrong and mended lines in which names come more than once: where a copy loses its place."""


def _slip(rng: random.Random, names: Names) -> tuple[str, str]:
    """One of `_SLIPS` with names in it."""
    slots = {"a": "v", "b": "x", "c": "y", "x": "acc", "f": "fn", "t": "m"}
    known = {slot: names[kind] for slot, kind in slots.items()}
    old, new = map(Template, rng.choice(_SLIPS))
    return old.substitute(known), new.substitute(known)


def edits_again(rng: random.Random) -> Sample:
    """Edits that were told, then one of them as a call has it: nothing but copying.

    The lines of an edit are nearly alike, and so are its path and those of the others; a call has
    to go on with the right one after every piece that they share.
    """
    dialogue = ToolDialogue(rng, echoing=_ECHOING)
    told: list[dict[str, str]] = []
    for at in range(rng.choice((1, 1, 2))):
        edit = _slip(rng, dialogue.names) if rng.random() < _SLIP_SHARE else None
        while edit is None:
            edit = one_line_edit(dialogue.case())
        told.append({"path": dialogue.file(slot=("v", "w")[at]), "old": edit[0], "new": edit[1]})
    shown = "".join(rng.choice(_TOLD).format(**one) for one in told)
    encode = shipped_tokenizer().encode
    prompt = encode(shown).ids
    call = encode(_CALLED.format(**rng.choice(told))).ids
    return Sample(prompt + call, [0.0] * len(prompt) + [1.0] * len(call))
