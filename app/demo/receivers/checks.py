"""What any receiver checks, written from the published formats alone."""

import hashlib
from collections.abc import Mapping
from typing import Any


def content_problems(manifest: Mapping[str, Any], content: bytes) -> list[str]:
    """Return what shows that the file is not the one its manifest speaks of."""
    found = {
        "hash mismatch": manifest["sha256"] != hashlib.sha256(content).hexdigest(),
        "size mismatch": manifest["bytes"] != len(content),
    }
    return [problem for problem, is_so in found.items() if is_so]


def kind_of(event: Mapping[str, Any]) -> str:
    """Return what an event is: a notice's kind, or the word before the version in its type."""
    kind = event["data"].get("kind") or event["type"].split(".")[-2]
    return str(kind)


class Sequences:
    """The last sequence number of each sender's feed to each destination."""

    def __init__(self) -> None:
        """Nothing was received yet."""
        self._last: dict[tuple[str, str], int] = {}

    def problems(self, manifest: Mapping[str, Any]) -> list[str]:
        """Return whether a feed is missing before this one or this one is late, and take its number as the last."""
        source = (str(manifest["sender_id"]), str(manifest["destination"]))
        last, this = self._last.get(source), int(manifest["sequence"])
        self._last[source] = max(this, last or 0)
        # Numbers that will not come are told by a later file: until one is read, they look like a gap.
        missing = set(range((last or 0) + 1, this)) - set(manifest.get("not_sent", ()))
        if last is None or (this > last and not missing):
            return []
        return [f"gap in sequence: {this} after {last}" if this > last else f"sequence {this} came after {last}"]
