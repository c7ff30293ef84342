"""A receiver that collects from a folder: a feed is there once its manifest is."""

import json
from pathlib import Path

from app.demo.receivers.checks import Sequences, content_problems, kind_of
from app.demo.receivers.ledger import Problem, Received


def collect(folder: Path) -> tuple[tuple[Received, ...], tuple[Problem, ...]]:
    """Return what lies in the folder, feeds in the order of their sequence, and what is wrong with it."""
    read = [(path, json.loads(path.read_bytes())) for path in sorted(folder.glob("*.json"))]
    manifests = sorted((each for _, each in read if "sha256" in each), key=lambda manifest: int(manifest["sequence"]))
    feeds = [_received(each["message_id"], "feed", folder / each["feed"]) for each in manifests]
    events = [_received(each["id"], kind_of(each), path) for path, each in read if "sha256" not in each]
    sequences = Sequences()
    problems = [
        Problem(message_id=manifest["message_id"], what=what)
        for manifest in manifests
        for what in content_problems(manifest, (folder / manifest["feed"]).read_bytes()) + sequences.problems(manifest)
    ]
    return (*feeds, *events), tuple(problems)


def _received(message_id: str, kind: str, path: Path) -> Received:
    return Received(message_id=message_id, idempotency_key=message_id, kind=kind, path=str(path))
