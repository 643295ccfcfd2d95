"""What the server counts, in Prometheus' text form."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from carnice_tui.serve.scheduler import Scheduler
from carnice_tui.serve.spoken import Spoken

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
"""Bounds of the time to first token: a cached turn on a Mac to a long prompt on a slow one."""


class Metrics:
    """The figures of one server, in a registry of its own."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._registry = registry = CollectorRegistry()
        waiting = Gauge("carnice_queue_waiting", "Requests in line.", registry=registry)
        waiting.set_function(lambda: scheduler.waiting)
        busy = Gauge("carnice_generating", "1 while a generation runs.", registry=registry)
        busy.set_function(lambda: int(scheduler.busy))
        self._responses = Counter(
            "carnice_responses", "Responses by status.", ["status"], registry=registry
        )
        self._turns = Counter(
            "carnice_turns", "Turns by how they ended.", ["reason"], registry=registry
        )
        self._tokens = Counter(
            "carnice_tokens",
            "Tokens: prompt tokens read and found in the cache, thinking and answer.",
            ["kind"],
            registry=registry,
        )
        self._first_token = Histogram(
            "carnice_time_to_first_token_seconds",
            "From a turn's arrival in the engine.",
            buckets=SECONDS,
            registry=registry,
        )

    def answered(self, status: int) -> None:
        """A response has begun."""
        self._responses.labels(str(status)).inc()

    def told(self, spoken: Spoken) -> None:
        """A turn is over, one way or another."""
        if spoken.finished is None:
            self._turns.labels("broken-off").inc()
            return
        stats = spoken.stats
        self._turns.labels(spoken.finished.reason).inc()
        self._tokens.labels("prefilled").inc(stats.prefilled_tokens)
        self._tokens.labels("cached").inc(stats.cached_tokens)
        self._tokens.labels("reasoning").inc(stats.reasoning_tokens)
        self._tokens.labels("answer").inc(stats.answer_tokens)
        self._first_token.observe(stats.time_to_first_token)

    def text(self) -> bytes:
        """Everything, to be scraped."""
        return generate_latest(self._registry)
