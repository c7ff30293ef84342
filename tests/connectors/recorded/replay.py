"""Answers and files in the shapes in which platforms were seen or are said to send them, and a platform that repeats them.

A recording is a TOML file: the platform, the window, the exchanges (what is asked, which file answers) or the files to
drop; beside it lies ``NAME.expected.csv``, what a connector must make of it. All pupils are synthetic.
``python -m tests.connectors.recorded`` writes the expected files anew; read the difference before you commit it.
"""

import csv
import io
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from app.demo.platforms.server import Reply, Server
from connectors.base import Surroundings, Window
from connectors.registry import PLATFORMS
from mapping.model import Pulled
from tests.connectors.rigs import PROFILES
from tests.connectors.worlds import MORNING_AFTER

FOLDER = Path(__file__).parent
COLUMNS = ("what", "where", "platform_id", "upn", "date", "session", "code", "minutes_late", "reason")
_TYPES = {".json": "application/json", ".csv": "text/csv; charset=utf-8"}


@dataclass(frozen=True)
class Recording:
    """One recording; ``path`` is its TOML file."""

    path: Path

    def __str__(self) -> str:
        return f"{self.path.parent.name}/{self.path.stem}"

    @property
    def expected(self) -> Path:
        return self.path.with_suffix(".expected.csv")

    @property
    def told(self):
        return tomllib.loads(self.path.read_text("utf-8"))

    @property
    def platform(self) -> str:
        return self.told.get("platform", self.path.parent.name)

    def pull(self, folder: Path) -> Pulled:
        """Let a connector pull from whatever repeats the recording."""
        told = self.told
        platform = PLATFORMS[self.platform]
        changed = told.get("profile", {})
        profiles = PROFILES | ({"recorded": PROFILES[changed.pop("like")] | changed} if changed else {})
        kept = dict(told.get("kept", {}))
        around = Surroundings(now=lambda: MORNING_AFTER, sleep=lambda _: None, profiles=profiles, kept=kept)
        with self._standing(told, folder) as settings:
            given = msgspec.convert(settings | told.get("settings", {}), platform.settings)
            connector = platform.connect(given, around)
            try:
                return connector.pull(Window(first=told["first"], last=told["last"]), seen=lambda _: None)
            finally:
                connector.close()

    @contextmanager
    def _standing(self, told, folder: Path) -> Iterator[dict[str, str]]:
        if names := told.get("dropped"):
            for name in names:
                (folder / name).write_bytes((self.path.parent / name).read_bytes())
            yield {"folder": str(folder), "settle_seconds": 0}
            return
        given = {"username": "", "password": "", "is_basic": False}
        with Server(answer=lambda asked, _: self._answer(asked, told, server), **given) as server:
            yield {"address": server.address + told.get("path", "")}

    def _answer(self, asked, told, server) -> Reply:
        said = " ".join((asked.body.decode(), *map("=".join, asked.query.items())))
        for each in told["exchange"]:
            if each["asked"] == f"{asked.method} {asked.path}" and each.get("holds", "") in said:
                if cookie := each.get("cookie"):
                    return Reply(status=302, body=b"", headers=(("Location", "/"), ("Set-Cookie", f"{cookie}; Path=/")))
                file = self.path.parent / each["file"]
                body = file.read_bytes()
                if host := told.get("host", "").encode():
                    # A link to the next page, and the school's own domain, lead back to here.
                    here = server.address.encode()
                    body = body.replace(b"https://" + host, here).replace(host, b"127.0.0.1")
                return Reply(body=body, content_type=_TYPES[file.suffix])
        return Reply(status=404, body=b"{}")


def every_recording() -> list[Recording]:
    """Return all recordings, whether or not their platform is registered."""
    return [Recording(path) for path in sorted(FOLDER.glob("*/*.toml"))]


def recordings() -> list[Recording]:
    """Return the recordings of registered platforms."""
    return [each for each in every_recording() if each.platform in PLATFORMS]


def as_csv(pulled: Pulled) -> str:
    """Write down what a pull brought, in its order: marks, pupils, rows that could not be read, remarks."""
    text = io.StringIO()
    table = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    table.writeheader()
    table.writerows(_rows(pulled))
    return text.getvalue()


def _rows(pulled: Pulled) -> Iterator[dict[str, object]]:
    yield {"what": "whole" if pulled.is_whole else "in part", "where": f"{pulled.first} to {pulled.last}"}
    for mark in pulled.marks:
        place = {"date": mark.session.day, "session": mark.session.half}
        told = {"code": mark.code, "minutes_late": mark.minutes_late, "upn": mark.upn, "where": mark.where}
        yield {"what": "mark", "platform_id": mark.platform_id} | place | told
    for pupil in pulled.pupils:
        spell = f"{pupil.start or 'ever'} to {pupil.end or 'now'}"
        kind = "temporary " if pupil.is_temporary else ""
        yield {"what": f"{kind}upn", "platform_id": pupil.platform_id, "upn": pupil.upn, "date": spell}
    for what, rows in (("unreadable", pulled.unreadable), ("remark", pulled.remarks)):
        for row in rows:
            at = {"date": row.session.day, "session": row.session.half} if row.session else {}
            told = {"where": row.where, "code": row.code, "reason": row.reason}
            yield {"what": what, "platform_id": row.platform_id} | at | told
