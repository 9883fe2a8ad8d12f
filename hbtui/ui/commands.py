"""The command palette: everything in the table of keys, and the themes, by typing a part of the name."""

from collections.abc import Callable, Iterable
from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider

from hbtui.ui.keys import Area, lines

__all__ = ["TableCommands"]

Command = tuple[str, str, Callable[[], object]]


class TableCommands(Provider):
    """Offers what the keys do on the present screen; deliberately without the library's developer tools."""

    async def discover(self) -> Hits:
        """All commands, while nothing is typed."""
        for name, told, act in self._commands():
            yield DiscoveryHit(name, act, help=told)

    async def search(self, query: str) -> Hits:
        """The commands whose name has what was typed in it."""
        matcher = self.matcher(query)
        for name, told, act in self._commands():
            score = matcher.match(name)
            if score > 0:
                yield Hit(score, matcher.highlight(name), act, help=told)

    def _commands(self) -> Iterable[Command]:
        for line in lines():
            area = "app" if line.area is Area.ANYWHERE else "screen"
            owner = self.app if line.area is Area.ANYWHERE else self.screen
            if line.is_command and hasattr(owner, f"action_{line.action.partition('(')[0]}"):
                key = line.display or line.key
                yield line.help, f"key {key}", partial(self._run, f"{area}.{line.action}")
        for name in sorted(theme for theme in self.app.available_themes if theme.startswith("hbtui-")):
            yield f"Theme: {name.removeprefix('hbtui-')}", "colours", partial(setattr, self.app, "theme", name)

    async def _run(self, action: str) -> None:
        await self.app.run_action(action, self.screen)
