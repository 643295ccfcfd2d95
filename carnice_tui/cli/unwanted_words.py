"""Arguments that begin with a dash and are no options: words that must not be there."""

import re

import click

_UNWANTED = re.compile(r"-[^-].*", re.S)
_SHORT_WITH_NUMBER = re.compile(r"-[a-zA-Z]\d+")
"""As `-n5`, which click takes for `-n 5`."""


class UnwantedWords(click.Command):
    """A command in which `-word` is an argument, unless there is such an option.

    They are handed on behind the other arguments, whose order stays.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """See `click.Command.parse_args`."""
        end = args.index("--") if "--" in args else len(args)
        options = {name for parameter in self.get_params(ctx) for name in parameter.opts}
        kept: list[str] = []
        unwanted: list[str] = []
        for word in args[:end]:
            is_option = word in options or _SHORT_WITH_NUMBER.fullmatch(word)
            (unwanted if _UNWANTED.fullmatch(word) and not is_option else kept).append(word)
        return super().parse_args(ctx, [*kept, "--", *args[end + 1 :], *unwanted])
