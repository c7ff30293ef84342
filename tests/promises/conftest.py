"""A stand as the tests of ``app`` have it, and a real database file."""

from tests.app.conftest import build, stand
from tests.store.conftest import store

__all__ = ["build", "stand", "store"]
