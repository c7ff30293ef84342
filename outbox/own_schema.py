"""A payload that does not match its own published schema never leaves: the last look before it is enqueued."""

import csv
import hashlib
import io
import json
from collections.abc import Iterator
from typing import Any

from outbox import published
from outbox.messages import CLOUD_EVENT, MULTIPART
from outbox.multipart import split
from outbox.tables import Misfit


def misfit(kind: str, content_type: str, payload: bytes) -> str | None:
    """Return how a message fails the schema of its kind, in one sentence without personal data, or nothing.

    Feeds and concern notices have a published schema; e-mails and alerts have none.
    """
    first = next(_misfits(kind, content_type, payload), None)
    return f"does not match its own schema and was not sent: {first}" if first else None


def _misfits(kind: str, content_type: str, payload: bytes) -> Iterator[str]:
    if kind.startswith("feed.") and content_type.startswith(MULTIPART):
        yield from _feed(content_type, payload)
    elif kind.startswith("notice.") and content_type == CLOUD_EVENT:
        yield from published.notice_misfits(json.loads(payload))


def _feed(content_type: str, payload: bytes) -> Iterator[str]:
    parts = {part.name: part for part in split(content_type, payload)}
    manifest = json.loads(parts["manifest"].content) if "manifest" in parts else {}
    if manifest:
        version = manifest.get("schema_version", "")
        yield from (f"manifest: {problem}" for problem in published.manifest_misfits(version, manifest))
        yield from content_misfits(manifest, parts["feed"].content)
        # A file in a receiver's own layout matches that receiver's agreement, which has no schema.
        if "layout" not in manifest:
            yield from map(str, csv_misfits(version, parts["feed"].content))


def content_misfits(manifest: dict[str, Any], content: bytes) -> Iterator[str]:
    """Yield what shows that a file is not the one its manifest speaks of."""
    if manifest.get("bytes") != len(content):
        yield f"the file has {len(content)} bytes, its manifest says {manifest.get('bytes')}"
    if manifest.get("sha256") != hashlib.sha256(content).hexdigest():
        yield "the file's SHA-256 is not the one in its manifest"


def csv_misfits(version: str, content: bytes) -> Iterator[Misfit]:
    """Yield what is wrong with a feed's file, in order."""
    table = published.table(version)
    if table is None:
        yield Misfit(0, "schema_version", "names no published format of feeds")
        return
    rows = csv.reader(io.StringIO(content.decode(), newline=""), strict=True)
    header = next(rows, [])
    yield from table.header_misfits(header)
    yield from table.misfits(header, rows)
