"""A real database file for every test."""

import pytest

from store.database import Store


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "relay.db", quick_check=True) as opened:
        yield opened
