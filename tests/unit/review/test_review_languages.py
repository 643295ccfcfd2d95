"""Languages by name and by content."""

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


def test_two_dashes_alone_are_no_diff():
    assert not is_diff("--- a heading\nand text\n")
