"""Foreign text made harmless: what comes from a venue or a file may be shown, but never acted on."""

import unicodedata

__all__ = ["clean"]

_FORBIDDEN = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})


def clean(text: object, limit: int = 300) -> str:
    """Make one line of plain text of at most ``limit`` characters.

    Control characters (escape sequences with them), bidirectional and zero-width marks, private-use and unassigned
    code points and lone surrogates become ``·``; runs of white space become one space. It is still not markup-safe:
    a screen must show it as content, never as markup.
    """
    shown: list[str] = []
    for char in str(text)[: limit * 4]:
        if char.isspace():
            if shown and shown[-1] != " ":
                shown.append(" ")
        elif unicodedata.category(char) in _FORBIDDEN:
            if not shown or shown[-1] != "·":
                shown.append("·")
        else:
            shown.append(char)
        if len(shown) > limit:
            shown[limit - 1 :] = ["…"]
            break
    return "".join(shown).strip()
