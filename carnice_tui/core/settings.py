"""What can be set, with its default, its allowed range and a line that says what it does.

This is the only place that knows: the file, the environment, the flags and the settings
screen are all checked and drawn from these types (`settings_schema`, `settings_file`).
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from carnice_tui.core.messages import Sampling, ThinkingMode

ThinkingView = Literal["collapsed", "tail", "full"]
Notify = Literal["never", "unfocused", "always"]


class Generation(Struct, frozen=True):
    """How an answer is drawn. Unset, the model's own `generation_config.json` says, and where
    that is silent the model card (0.6, 0.95, 20)."""

    temperature: Annotated[
        Annotated[float, Meta(ge=0, le=2)] | None,
        Meta(
            description="How freely the next token is drawn; 0 is greedy. Unset, this and the "
            "next two are the model's own."
        ),
    ] = None
    top_p: Annotated[
        Annotated[float, Meta(gt=0, le=1)] | None,
        Meta(description="Draw only from the likeliest tokens of this mass."),
    ] = None
    top_k: Annotated[
        Annotated[int, Meta(ge=0, le=10_000)] | None,
        Meta(description="Draw only from this many likeliest tokens; 0 is all."),
    ] = None
    seed: Annotated[
        Annotated[int, Meta(ge=0, le=4_294_967_295)] | None,
        Meta(description="The same seed gives the same answer; unset draws a new one each turn."),
    ] = None
    max_tokens: Annotated[
        int,
        Meta(
            ge=0,
            le=1_048_576,
            description="Longest answer in tokens, thinking included; 0 is the model's own limit, "
            "or the window.",
        ),
    ] = 0
    stop: Annotated[
        tuple[str, ...], Meta(description="Texts that end an answer; they are left out of it.")
    ] = ()
    prefill_chunk: Annotated[
        int,
        Meta(
            ge=1,
            le=8192,
            description="Prompt tokens read at once; also how soon an interrupt is obeyed.",
        ),
    ] = 512

    def sampling(self) -> Sampling:
        """The part of it that the sampler reads."""
        return Sampling(self.temperature, self.top_p, self.top_k, self.seed)


class Thinking(Struct, frozen=True):
    """Whether and how long the model thinks before it answers."""

    mode: Annotated[
        ThinkingMode, Meta(description="off, on without a limit, or a budget: low, medium, high.")
    ] = "on"
    low: Annotated[
        int, Meta(ge=1, le=262_144, description="Tokens the model may think in mode low.")
    ] = 512
    medium: Annotated[
        int, Meta(ge=1, le=262_144, description="Tokens the model may think in mode medium.")
    ] = 2048
    high: Annotated[
        int, Meta(ge=1, le=262_144, description="Tokens the model may think in mode high.")
    ] = 8192
    preserve: Annotated[
        bool,
        Meta(
            description="Keep earlier thinking in the prompt where the template can: "
            "longer, but nothing is read twice."
        ),
    ] = True

    def budget(self, mode: ThinkingMode) -> int | None:
        """Tokens of thinking that `mode` allows; None is no limit (or no thinking at all)."""
        match mode:
            case "low":
                return self.low
            case "medium":
                return self.medium
            case "high":
                return self.high
            case "on" | "off":
                return None


class Bugs(Struct, frozen=True):
    """The bug finder. Its prompt is the model card's, and so is thinking off."""

    thinking: Annotated[ThinkingMode, Meta(description="Thinking mode while finding bugs.")] = "off"


class Screen(Struct, frozen=True):
    """How the app looks and behaves."""

    theme: Annotated[
        str, Meta(min_length=1, description="Name of a theme, shipped or in your themes folder.")
    ] = "carnice"
    show_thinking: Annotated[
        ThinkingView, Meta(description="How thinking is shown at first: a key goes on to the next.")
    ] = "collapsed"
    mouse: Annotated[
        bool, Meta(description="Take mouse events; off leaves selecting to the terminal.")
    ] = True
    vim_keys: Annotated[bool, Meta(description="Vim's keys in the composer.")] = False
    reduced_motion: Annotated[
        bool, Meta(description="No spinners, no animation, fewer redraws.")
    ] = False
    screen_reader: Annotated[
        bool, Meta(description="No box drawing, no spinners, no redraws of what was read.")
    ] = False
    notifications: Annotated[
        Notify, Meta(description="When a finished answer rings the bell or notifies.")
    ] = "unfocused"


class Sessions(Struct, frozen=True):
    """What is kept."""

    save: Annotated[bool, Meta(description="Save conversations.")] = True
    redact_secrets: Annotated[
        bool, Meta(description="Mask what looks like a key or a password before it is saved.")
    ] = True


class Prompts(Struct, frozen=True):
    """System prompts that were read."""

    disk_gb: Annotated[
        float,
        Meta(
            ge=0,
            le=1000,
            description="Gigabytes of system prompts kept as read, for the next start to read "
            "from a file; 0 keeps none.",
        ),
    ] = 4.0


class Remote(Struct, frozen=True):
    """A server that answers in place of this machine."""

    base_url: Annotated[
        str,
        Meta(
            description="An OpenAI-compatible server that answers, such as "
            "http://127.0.0.1:8080/v1; empty is this machine."
        ),
    ] = ""
    api_key_env: Annotated[
        str, Meta(description="The environment variable that holds the server's key.")
    ] = ""


class Settings(Struct, frozen=True):
    """Everything that can be set. The keys outside any section come first."""

    model: Annotated[
        str,
        Meta(
            min_length=1,
            description="A folder, a Hugging Face repository such as "
            "Tranquil-Flow/Carnice-V2-27b-MLX-4bit, or demo.",
        ),
    ] = "demo"
    system: Annotated[str, Meta(description="System prompt of a chat; empty sends none.")] = ""
    context_window: Annotated[
        int,
        Meta(ge=0, le=1_048_576, description="Tokens a conversation may hold; 0 is the model's."),
    ] = 0
    generation: Generation = Generation()
    thinking: Thinking = Thinking()
    bugs: Bugs = Bugs()
    ui: Screen = Screen()
    sessions: Sessions = Sessions()
    prompts: Prompts = Prompts()
    remote: Remote = Remote()
    keys: Annotated[
        dict[str, str | dict[str, str]],
        Meta(
            description="Your own keys, a comma between two; `carnice-chat settings keys` lists "
            "every action."
        ),
    ] = field(default_factory=dict[str, str | dict[str, str]])
