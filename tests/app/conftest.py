"""An operator's folder with one school, and a relay on it."""

import pytest

from tests.app.builders import Stand


@pytest.fixture
def stand(tmp_path):
    opened = Stand(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def build(tmp_path):
    """Build a stand to order; it is closed when the test ends."""
    built = []

    def order(**given):
        built.append(Stand(tmp_path, **given))
        return built[-1]

    yield order
    for each in built:
        each.close()
