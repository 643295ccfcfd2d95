"""A session as one HTML file that loads nothing and runs nothing, in light and dark."""

from collections.abc import Iterator
from html import escape

import msgspec
from markdown_it import MarkdownIt

from carnice_tui.core.sanitize import sanitize, sanitize_line
from carnice_tui.core.tree import Node
from carnice_tui.sessions.export import said
from carnice_tui.sessions.read import Session

_STYLE = """
:root{color-scheme:light dark;--fg:#1f2328;--bg:#fff;--dim:#59636e;--line:#d1d9e0;--you:#f2f6fa;
--code:#f6f8fa;--link:#0957c3}
@media(prefers-color-scheme:dark){:root{--fg:#e6e6e6;--bg:#16181c;--dim:#9aa4af;--line:#3a4048;
--you:#1f242b;--code:#1d2127;--link:#7ab4ff}}
body{color:var(--fg);background:var(--bg);font:16px/1.55 system-ui,sans-serif;max-width:48rem;
margin:2rem auto;padding:0 1rem;overflow-wrap:break-word}
h1{font-size:1.5rem;margin:0}h2{font-size:1rem;margin:0 0 .3rem;color:var(--dim)}
.facts,.figures,summary{color:var(--dim);font-size:.85rem}
section{border-top:1px solid var(--line);padding:.8rem .6rem}
.user{background:var(--you)}
pre{background:var(--code);padding:.7rem;overflow-x:auto;border-radius:6px}
pre,code{font:14px/1.45 ui-monospace,monospace}
.plain{white-space:pre-wrap}a{color:var(--link)}
table{border-collapse:collapse}td,th{border:1px solid var(--line);padding:.2rem .6rem}
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def html(session: Session) -> Iterator[str]:
    """The shown branch as a whole document."""
    title = escape(sanitize_line(said.title_of(session)))
    yield (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style></head>\n<body>\n<h1>{title}</h1>\n"
    )
    facts = " · ".join(escape(sanitize_line(fact)) for fact in said.facts(session))
    yield f'<p class="facts">{facts}</p>\n'
    render = _renderer()
    for node in session.tree().path():
        yield f'<section class="{node.role}">\n<h2>{escape(sanitize_line(said.speaker(node)))}</h2>'
        for part in _parts(node, render):
            yield f"\n{part}"
        yield "\n</section>\n"
    yield "</body></html>\n"


def _parts(node: Node, render: MarkdownIt) -> Iterator[str]:
    message = node.message()
    for attachment in said.attachments(node):
        name = escape(sanitize_line(attachment.name))
        yield f"<details><summary>{name}</summary>{_preformatted(attachment.text)}</details>"
    if message.reasoning.strip():
        label = escape(said.thinking_label(node))
        thoughts = _plain(message.reasoning.strip("\n"))
        yield f"<details><summary>{label}</summary>{thoughts}</details>"
    text = said.own_text(node)
    if node.role == "assistant":
        yield render.render(sanitize(text))
    elif node.role == "tool":
        yield _preformatted(text)
    else:
        yield _plain(text)
    for call in message.calls:
        arguments = msgspec.json.format(msgspec.json.encode(call.arguments), indent=2).decode()
        name = escape(sanitize_line(call.name))
        yield f"<p>Calls <code>{name}</code></p>{_preformatted(arguments)}"
    if closing := said.closing(node):
        yield f'<p class="figures">{escape(sanitize_line(closing))}</p>'


def _renderer() -> MarkdownIt:
    """Markdown without what could load or smuggle: no raw HTML, no images."""
    return MarkdownIt("commonmark", {"html": False}).enable("table").disable(["image"])


def _preformatted(text: str) -> str:
    return f"<pre>{escape(sanitize(text))}</pre>"


def _plain(text: str) -> str:
    return f'<div class="plain">{escape(sanitize(text))}</div>'
