"""The tree of errors."""

import pytest

from hbtui.model import errors
from hbtui.model.errors import AuthenticationError, ExchangeError, NetworkError, RateLimited, VenueError


@pytest.mark.parametrize("name", sorted(set(errors.__all__) - {"ArchiveError", "JournalError"}))
def test_every_error_has_a_title_and_its_own_sentence(name: str) -> None:
    """Each error of the tree heads a dialog with a title and says its sentence, with advice apart."""
    kind = getattr(errors, name)
    assert issubclass(kind, ExchangeError)
    error = kind("code", "A sentence.", advice="Do this.") if issubclass(kind, VenueError) else kind("A sentence.")
    assert str(error) == "A sentence."
    assert error.title
    assert error.advice == ("Do this." if issubclass(kind, VenueError) else "")


def test_what_a_venue_says_keeps_its_code() -> None:
    """The venue's code and how long to wait are there for who must act on them."""
    limited = RateLimited("base-request-exceed-frequency-limit", "Slow down.", retry_after_s=2.5)
    assert (limited.code, limited.retry_after_s) == ("base-request-exceed-frequency-limit", 2.5)
    assert RateLimited("429", "Slow down.").retry_after_s is None


def test_a_journals_error_is_not_the_exchanges() -> None:
    """A broken disk is never mistaken for an exchange that did not answer."""
    assert not issubclass(errors.JournalError, ExchangeError)
    assert not issubclass(NetworkError, VenueError)
    assert issubclass(AuthenticationError, VenueError)
