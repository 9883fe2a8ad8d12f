"""The numbers that keep the code readable, and the rules that keep money exact."""

import ast
import re
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pytest

import hbtui

PACKAGE = Path(hbtui.__file__).parent
TESTS = Path(__file__).resolve().parents[1]
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}
Function = ast.FunctionDef | ast.AsyncFunctionDef


Node = TypeVar("Node", bound=ast.AST)


def nodes(*kinds: type[Node]) -> Iterator[tuple[Path, Node]]:
    """Walk every node of some kinds in the package."""
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, kinds):
                yield path, node


def span(node: Function | ast.ClassDef) -> int:
    """Count the lines of a definition."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def lines(path: Path) -> int:
    """Count the lines of a file."""
    return path.read_text(encoding="utf-8").count("\n")


def test_modules_stay_small() -> None:
    """No module is longer than 400 lines, and half of them are at most 150."""
    sizes = {path: lines(path) for path in TREES}
    assert {str(path): size for path, size in sizes.items() if size > 400} == {}
    assert statistics.median(sizes.values()) <= 150


def test_functions_and_classes_can_be_seen_whole() -> None:
    """No function is longer than 50 lines, nine in ten at most 25; no class is longer than 280."""
    functions: list[tuple[Path, Function]] = [*nodes(ast.FunctionDef), *nodes(ast.AsyncFunctionDef)]
    assert [f"{path}:{node.lineno} {node.name}" for path, node in functions if span(node) > 50] == []
    spans = sorted(span(node) for _, node in functions)
    assert spans[int(len(spans) * 0.9)] <= 25
    assert [f"{path}:{node.lineno}" for path, node in nodes(ast.ClassDef) if span(node) > 280] == []


def test_every_public_name_promises_something() -> None:
    """Each public class and function has a docstring, and each module."""
    missing = [str(path) for path, tree in TREES.items() if not ast.get_docstring(tree)]
    for path, tree in TREES.items():
        # what a function defines inside itself is its own affair
        classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
        for body in [tree.body, *(one.body for one in classes)]:
            for node in body:
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                    is_overload = any(getattr(one, "id", "") == "overload" for one in node.decorator_list)
                    is_silent = not (node.name.startswith("_") or is_overload or ast.get_docstring(node))
                    missing += [f"{path}:{node.lineno} {node.name}"] if is_silent else []
    assert missing == []


def test_broad_excepts_are_few() -> None:
    """At most three places in the whole program catch everything."""
    broad = [
        f"{path}:{node.lineno}"
        for path, node in nodes(ast.ExceptHandler)
        if node.type is None or getattr(node.type, "id", "") in {"Exception", "BaseException"}
    ]
    assert len(broad) <= 3, broad


@pytest.mark.parametrize("ring", ["model", "trading", "htx", "storage"])
def test_no_float_is_made_from_money(ring: str) -> None:
    """Nothing but time and waiting is a float: no ``float()`` call outside the pixels and the embedded noise."""
    calls = [
        f"{path}:{node.lineno}"
        for path, node in nodes(ast.Call)
        if path.relative_to(PACKAGE).parts[0] == ring and getattr(node.func, "id", "") == "float"
    ]
    assert calls == []


def test_no_table_has_a_floating_column() -> None:
    """The SQL of the package names no REAL, FLOAT or DOUBLE column."""
    words = re.compile(r"\b(REAL|FLOAT|DOUBLE)\b")
    assert [str(p) for p in (PACKAGE / "storage").rglob("*.py") if words.search(p.read_text(encoding="utf-8"))] == []


def test_tests_are_no_shorter_than_the_code() -> None:
    """There is at least one line of test for each line of code."""
    assert sum(lines(path) for path in TESTS.rglob("*.py")) >= sum(lines(path) for path in TREES)


def test_every_test_says_what_it_proves() -> None:
    """Each test function has a docstring, and none sleeps or replaces a thing by a mock."""
    silent, asleep = [], []
    for path in TESTS.rglob("test_*.py"):
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name.startswith("test_"):
                silent += [] if ast.get_docstring(node) else [f"{path.name}:{node.lineno}"]
        # names are put together here so that this file does not find itself
        asleep += [
            path.name for word in ("Magic" + "Mo" + "ck(", "time.sl" + "eep(", "asyncio.sl" + "eep(0.") if word in text
        ]
    assert (silent, asleep) == ([], [])
