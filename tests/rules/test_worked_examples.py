"""Every worked example that ships, as ``attendance-relay policy test`` runs it."""

import pytest

from app.examples.files import FOLDER, Reader
from app.examples.running import run

READER = Reader()
FILES = [READER.read(path) for path in sorted(FOLDER.glob("*.toml"))]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.path.name)
def test_a_file_of_examples_is_in_order(file):
    assert list(map(str, file.problems)) == []
    assert file.examples


@pytest.mark.parametrize(
    ("example", "evaluator"),
    [pytest.param(example, file.evaluator, id=example.name) for file in FILES for example in file.examples],
)
def test_an_example_comes_out_as_written(example, evaluator):
    assert run(example, evaluator).differences == []
