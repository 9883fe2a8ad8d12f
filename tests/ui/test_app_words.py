"""Small parts of the interface: words that seldom move anything, the line of keys, names that clash with none."""

import ast
import importlib
import inspect
import textwrap
from functools import cache
from pathlib import Path

from textual.content import Content
from textual.dom import DOMNode

from hbtui.ui.widgets.keybar import KeyBar
from hbtui.ui.widgets.words import Words
from tests.support.front import ScriptedFront
from tests.support.host import Host
from tests.support.screens import NARROW, base_screen, running_app, screen_text, widget_text
from tests.support.views import live_view

UI = Path(__file__).resolve().parents[2] / "hbtui" / "ui"
_MEANT = {"_handle_exception", "_fatal_error", "_exception", "_return_code"}
"""What the last resort has to replace in the library's app."""


async def test_the_same_words_again_are_not_drawn_again() -> None:
    """A ticket that is read anew twenty times a second costs nothing while its words stay the same."""
    words = Words()
    async with Host(words).run_test(size=(20, 5)) as pilot:
        words.say(Content("[/x] one"))
        await pilot.pause()
        assert "[/x] one" in screen_text(pilot.app)
        before = words.content
        words.say(Content("[/x] one"))
        assert words.content is before
        words.say(Content.assemble(("[/x] one", "bold")))
        assert words.content is not before


async def test_only_another_number_of_lines_moves_what_is_below() -> None:
    """One line for another keeps the layout; two lines push the rest down."""
    words, below = Words(), Words()
    async with Host(words, below).run_test(size=(20, 6)) as pilot:
        words.say(Content("one"))
        below.say(Content("below"))
        await pilot.pause()
        words.say(Content("two"))
        await pilot.pause()
        assert screen_text(pilot.app).splitlines()[:2] == ["two", "below"]
        words.say(Content("a longer sentence that wraps"))
        await pilot.pause()
        assert screen_text(pilot.app).splitlines()[2] == "below"
        assert words.said == "a longer sentence that wraps"


async def test_the_line_of_keys_follows_focus_and_block() -> None:
    """Letters vanish while a field has the focus; what is blocked is dimmed, not hidden."""
    front = ScriptedFront()
    async with running_app(front) as pilot:
        bar = base_screen(pilot.app).query_one(KeyBar)
        assert widget_text(bar).split("  ")[:2] == [" b Buy", "s Sell"]
        await pilot.press("b")
        await pilot.pause()
        assert "b Buy" not in widget_text(bar)
        assert "⏎ Review" in widget_text(bar)
        assert "esc Back" in widget_text(bar)
        await pilot.press("escape")
        await pilot.pause()
        assert "b Buy" in widget_text(bar)


async def test_a_click_on_a_key_presses_it() -> None:
    """The mouse can do what the keys do, but not what is blocked."""
    front = ScriptedFront()
    async with running_app(front) as pilot:
        bar = base_screen(pilot.app).query_one(KeyBar)
        at = widget_text(bar).index("s Sell")
        await pilot.click(bar, offset=(at, 0))
        await pilot.pause()
        ticket = base_screen(pilot.app).query_one("#ticket")
        assert ticket.has_class("-sell")
        assert ticket.has_focus_within
    async with running_app(ScriptedFront(live_view(blocked="closed"))) as pilot:
        await pilot.click(base_screen(pilot.app).query_one(KeyBar), offset=(1, 0))
        await pilot.pause()
        assert not base_screen(pilot.app).query_one("#ticket").has_focus_within


async def test_keys_that_do_not_fit_are_left_out_whole() -> None:
    """On 80 columns the last ones go; none is cut in the middle."""
    async with running_app(ScriptedFront(), NARROW) as pilot:
        text = widget_text(base_screen(pilot.app).query_one(KeyBar))
        assert text.endswith("q Quit")
        assert "? Help" in text


def _own_names(definition: ast.ClassDef) -> set[str]:
    """Private names that a class defines or assigns to itself."""
    methods = {node.name for node in definition.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    return {name for name in methods | _assigned(definition) if name.startswith("_") and not name.startswith("__")}


def _assigned(tree: ast.AST) -> set[str]:
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    }


@cache
def _names_of(base: type) -> frozenset[str]:
    return frozenset(vars(base)) | _assigned(ast.parse(textwrap.dedent(inspect.getsource(base))))


def _library_names(kind: type) -> set[str]:
    """All names that the library's part of a class's ancestry defines or assigns."""
    names: set[str] = set()
    for base in kind.__mro__[1:]:
        if base.__module__.startswith("textual"):
            names |= _names_of(base)
    return names


def test_no_private_name_of_ours_is_one_of_the_library_s() -> None:
    """A private attribute that shadows one of the library's stops a widget without a word (it hangs at the mount)."""
    clashes = []
    for path in UI.rglob("*.py"):
        name = ".".join(path.relative_to(UI.parents[1]).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            kind = getattr(importlib.import_module(name), node.name, None) if isinstance(node, ast.ClassDef) else None
            if isinstance(node, ast.ClassDef) and isinstance(kind, type) and issubclass(kind, DOMNode):
                clashes += [f"{node.name}.{each}" for each in (_own_names(node) & _library_names(kind)) - _MEANT]
    assert clashes == []
