"""The figures of several turns, or of the parts of one answer, as one."""

from collections.abc import Sequence

from msgspec.structs import replace

from carnice_tui.core.events import TurnStats


def summed(stats: Sequence[TurnStats]) -> TurnStats:
    """The figures of several turns as one: tokens and times added, the speed over all of it."""
    if not stats:
        return TurnStats()
    decoding = [
        (one.reasoning_tokens + one.answer_tokens - 1, one.decode_tps)
        for one in stats
        if one.decode_tps > 0
    ]
    seconds = sum(tokens / tps for tokens, tps in decoding)
    return TurnStats(
        prompt_tokens=sum(one.prompt_tokens for one in stats),
        cached_tokens=sum(one.cached_tokens for one in stats),
        prefilled_tokens=sum(one.prefilled_tokens for one in stats),
        reasoning_tokens=sum(one.reasoning_tokens for one in stats),
        answer_tokens=sum(one.answer_tokens for one in stats),
        time_to_first_token=stats[0].time_to_first_token,
        reasoning_time=sum(one.reasoning_time for one in stats),
        total_time=sum(one.total_time for one in stats),
        decode_tps=sum(tokens for tokens, _ in decoding) / seconds if seconds else 0.0,
        accepted_tokens=sum(one.accepted_tokens for one in stats),
        drafted_tokens=sum(one.drafted_tokens for one in stats),
        peak_memory=max(one.peak_memory for one in stats),
        context_window=stats[-1].context_window,
        seed=stats[-1].seed,
    )


def continued(parts: Sequence[TurnStats]) -> TurnStats:
    """The figures of one answer that was cut and gone on with, from those of its parts.

    The prompt is that of the first part: those of the others hold what was answered before
    them, which is counted as answered already.
    """
    if len(parts) < 2:
        return parts[0] if parts else TurnStats()
    first = parts[0]
    return replace(
        summed(parts),
        prompt_tokens=first.prompt_tokens,
        cached_tokens=first.cached_tokens,
        prefilled_tokens=first.prefilled_tokens,
    )
