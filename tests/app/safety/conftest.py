"""What a folder is refused for."""

import pytest

from app.reading import read
from config.problems import ConfigErrors


@pytest.fixture
def refusal():
    """Return the problems of a stand's folder, one line each; none where it is in order."""

    def problems(stand) -> list[str]:
        stand.write()
        try:
            read(stand.settings)
        except ConfigErrors as errors:
            return [str(each) for each in errors.problems]
        return []

    return problems
