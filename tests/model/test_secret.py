"""A secret that does not show itself."""

import copy
import pickle
from collections.abc import Callable

import pytest

from hbtui.model.secret import Credentials, Secret

TEXT = "canary-7f3a91"


@pytest.mark.parametrize(
    "show", [repr, str, "{}".format, lambda secret: f"{secret!r:>30}", lambda secret: f"{secret:x}"]
)
def test_no_way_of_showing_shows_it(show: Callable[[object], str]) -> None:
    """Neither repr nor str nor any format names the secret, alone or inside credentials."""
    assert TEXT not in show(Secret(TEXT))
    assert TEXT not in repr(Credentials(Secret(TEXT), Secret(TEXT)))


@pytest.mark.parametrize("take", [pickle.dumps, copy.copy, copy.deepcopy])
def test_it_is_not_copied(take: Callable[[object], object]) -> None:
    """A secret is neither pickled nor copied."""
    with pytest.raises(TypeError):
        take(Secret(TEXT))


def test_it_is_there_for_the_signer() -> None:
    """The text is there for who asks for it by name, and an access key shows its last four characters."""
    assert Secret(TEXT).reveal() == TEXT
    assert bool(Secret(TEXT))
    assert not Secret("")
    assert Credentials(Secret(TEXT), Secret("other")).tail == "3a91"
