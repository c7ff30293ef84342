"""Write what connectors make of the recordings beside each of them."""

import tempfile
from pathlib import Path

from tests.connectors.recorded.replay import as_csv, recordings

for recording in recordings():
    with tempfile.TemporaryDirectory() as folder:
        recording.expected.write_text(as_csv(recording.pull(Path(folder))), "utf-8")
