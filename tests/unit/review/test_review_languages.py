"""Languages by name and by content."""

import subprocess
import sys

import pytest

from carnice_tui.review.language import is_diff, language_by_content, language_of


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("app.ts", "ts"),
        ("src/App.TSX", "tsx"),
        ("x.py", "python"),
        ("a/Makefile", "makefile"),
        ("CMakeLists.txt", "cmake"),
        ("notes.txt", ""),
        ("a.c", "c"),
    ],
)
def test_by_name(name: str, language: str):
    assert language_of(name) == language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("#!/usr/bin/env -S python3 -u\nprint(1)", "python"),
        ("#!/bin/sh\nls", "bash"),
        ("// -*- mode: C++ -*-\nint x;", "cpp"),
        ("def total(a):\n    return a\n", "python"),
        ("package main\n\nfunc main() {}\n", "go"),
        ("fn main() {\n    let mut x = 1;\n}\n", "rust"),
        ("#include <stdio.h>\nint main(void) { return 0; }", "c"),
        ("#include <vector>\nstd::vector<int> v;", "cpp"),
        ("export function f(a: number): string {\n  return ''\n}", "ts"),
        ("const f = (a) => a + 1\n", "javascript"),
        ("<?php echo 1;", "php"),
        ("hello there", ""),
        ("diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n", "diff"),
    ],
)
def test_by_content(text: str, language: str):
    assert language_by_content(text) == language


ODD = """
import resource
resource.setrlimit(resource.RLIMIT_CPU, (10, 10))
from carnice_tui.review.language import language_by_content
from carnice_tui.review.symbols import defined_name
for text in ("\\n" * 20_000, "\\t\\n" * 10_000, "\\r\\n" * 10_000, "\\n" * 19_999 + "x"):
    assert language_by_content(text) == ""
for line in ("\\t" * 2**20, "  f(" + ") : " * 2**18, "a " * 2**19 + "("):
    assert defined_name(line) is None
assert defined_name("def total(" + "a, " * 2**19) == "total"
"""


def test_code_that_is_nothing_but_space_or_one_line_is_looked_at_in_no_time():
    """In seconds of the processor, of which it needs one: an alarm would count other work too."""
    subprocess.run([sys.executable, "-c", ODD], check=True)


def test_two_dashes_alone_are_no_diff():
    assert not is_diff("--- a heading\nand text\n")
