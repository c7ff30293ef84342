"""The Slate: a platform in one JSON file, which takes marks in every way in which a platform may.

What it was asked to write stands in ``written``, in order; it outlives the process that asked.
"""

import json
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

from app.reading import REGISTRIES
from connectors.base import Surroundings, Unavailable, Writing, Written
from connectors.registry import PLATFORMS, Platform
from connectors.settings import PlatformSettings
from mapping.model import Half, Pulled, Session, SourceMark, SourcePupil
from tests.builders import spelled, upn

EMPTY = {"rows": [], "pupils": [], "written": [], "answers": "done", "follows": "done", "as_of": None, "is_down": False}


class Settings(PlatformSettings, frozen=True, kw_only=True):
    path: str


class Slate:
    """The file, as the school's staff and the tests change it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.exists():
            self.save(EMPTY)

    def load(self) -> dict:
        return json.loads(self.path.read_text())

    def save(self, content: dict) -> None:
        self.path.write_text(json.dumps(content))

    def set(self, **given: object) -> None:
        self.save(self.load() | given)

    def show(self, number: int, first: str, text: str) -> None:
        """Write marks of the pupil who is ``p1``, ``p2`` by number, with that pupil's id and UPN."""
        rows = [_row(str(4000 + number), upn(number), session, sign) for session, sign in spelled(first, text)]
        self.set(rows=self.load()["rows"] + rows)

    def change(self, at: Session, code: str, platform_id: str = "4001") -> None:
        """Change the mark of one session, as somebody at the school does."""
        content = self.load()
        for row in content["rows"]:
            if row[0] == platform_id and row[2:4] == [at.day.isoformat(), at.half]:
                row[4] = code
        self.save(content)

    def marks(self, platform_id: str = "4001") -> str:
        """Return a pupil's marks, in order."""
        return "".join(row[4] for row in self.load()["rows"] if row[0] == platform_id)


class SlateConnector:
    """See ``Connector`` and ``MarkWriter``."""

    def __init__(self, slate: Slate) -> None:
        self.slate = slate

    def pull(self, window, *, seen):
        content = self._there()
        marks = [
            SourceMark(
                platform_id, Session(date.fromisoformat(day), Half(half)), code, where=f"row {number}", upn=number_of
            )
            for number, (platform_id, number_of, day, half, code) in enumerate(content["rows"], start=1)
            if date.fromisoformat(day) in window
        ]
        seen(len(marks))
        return Pulled(
            marks=tuple(marks),
            first=window.first,
            last=window.last,
            pupils=tuple(SourcePupil(platform_id=name, upn=number) for name, number in content["pupils"]),
            is_whole=True,
            source_as_of=datetime.fromisoformat(content["as_of"]) if content["as_of"] else None,
        )

    def write(self, changes):
        content = self._there()
        if content["answers"] == "unavailable":
            raise Unavailable("the Slate does not answer: try later")
        for each in changes:
            content["written"].append([each.reference, each.platform_id, str(each.session), each.code])
        self.slate.save(content)
        if content["answers"] in {"done", "lost"}:
            for each in changes:
                self.slate.change(each.session, each.code, each.platform_id)
        if content["answers"] == "lost":
            raise Unavailable("the Slate does not answer: try later")
        return tuple(_answered(each.reference, content["answers"]) for each in changes if content["answers"] != "none")

    def follow(self, taken):
        content = self._there()
        answers = tuple(_answered(each.reference, content["follows"], each.receipt) for each in taken)
        if content["follows"] == "done":
            for reference, platform_id, when, code in content["written"]:
                if reference in {each.reference for each in taken}:
                    self.slate.change(_session(when), code, platform_id)
        return answers

    def committed(self):
        pass

    def check(self):
        return ()

    def close(self):
        pass

    def _there(self) -> dict:
        content = self.slate.load()
        if content["is_down"]:
            raise Unavailable("the Slate does not answer: try later")
        return content


def connect(settings: Settings, surroundings: Surroundings) -> SlateConnector:
    return SlateConnector(Slate(Path(settings.path)))


@contextmanager
def registered():
    """Have the Slate among the platforms."""
    PLATFORMS["slate"] = Platform(settings=Settings, connect=connect, codes="clm-dfe", writes=True)
    REGISTRIES.platforms["slate"] = "clm-dfe"
    REGISTRIES.writers.add("slate")
    yield
    REGISTRIES.writers.discard("slate")
    del REGISTRIES.platforms["slate"], PLATFORMS["slate"]


def _row(platform_id: str, number: str, session: Session, sign: str) -> list[str]:
    return [platform_id, number, session.day.isoformat(), session.half, sign]


def _session(text: str) -> Session:
    day, half = text.rsplit(" ", 1)
    return Session(datetime.strptime(day, "%a %d %b %Y").date(), Half(half))  # noqa: DTZ007 - a date


def _answered(reference: str, word: str, receipt: str | None = None) -> Written:
    reason = "the period is locked" if word == "refused" else None
    return Written(
        reference=reference, state=Writing(word), receipt=receipt or f"receipt of {reference}", reason=reason
    )
