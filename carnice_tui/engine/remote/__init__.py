"""The engine behind a URL: any OpenAI-compatible endpoint, asked as the local one is.

What servers do differently (thinking in two fields or in tags, tool calls in pieces, their
own fields for context length) is levelled out here, so that nobody above knows the difference.
"""
