"""One PostgreSQL server for all tests of a process."""

from collections.abc import Iterator

import pytest

from tests.support.postgres import running_postgres


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of a database that is there as long as the tests run."""
    with running_postgres() as url:
        yield url
