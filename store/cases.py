"""What was decided and where each pupil stands: the decisions, which are the fired-once memory, and the episodes."""
# ruff: noqa: S608 - what is put into the text of a statement is names of columns and marks, never a value

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Protocol

from store.connection import Connection, Row
from store.instants import date_or_none, instant_or_none, instant_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One firing of one rule for one pupil.

    ``id`` is the caller's and the same for the same firing. ``generation`` is 1, and one more each time a withdrawn
    decision holds again. ``actions`` and ``evidence`` are JSON values. ``state`` is ``standing`` or ``withdrawn``.
    """

    id: str
    school: str
    pupil_id: str
    policy: str
    policy_version: str
    rule: str
    fired_on: date
    decided_at: datetime
    rows: Sequence[str]
    actions: Sequence[Mapping[str, Any]]
    reason: str
    evidence: Mapping[str, Any]
    generation: int = 1
    state: str = "standing"
    withdrawn_at: datetime | None = None
    why: str | None = None


class Firing(Protocol):
    """What says which firing a decision is: the rule of a policy, and the day."""

    @property
    def policy(self) -> str: ...  # noqa: D102
    @property
    def rule(self) -> str: ...  # noqa: D102
    @property
    def fired_on(self) -> date: ...  # noqa: D102


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """A pupil's stay on one ladder: on ``rung`` since ``moved_on``; open until ``cleared_on``."""

    school: str
    pupil_id: str
    policy: str
    ladder: str
    rung: str
    opened_on: date
    moved_on: date
    cleared_on: date | None = None


_DECISION = ", ".join(field.name for field in fields(Decision))
_EPISODE = ", ".join(field.name for field in fields(Episode))
_KEY = "school = ? AND pupil_id = ? AND policy = ? AND ladder = ? AND cleared_on IS NULL"


class Cases:
    """Decisions and episodes. Nothing deletes a decision."""

    def __init__(self, connection: Connection) -> None:
        """Take the store's connection."""
        self._db = connection

    def record(self, decision: Decision) -> bool:
        """Keep a decision; false when this firing is already kept, or an earlier generation of it still stands."""
        values = (
            decision.id,
            decision.school,
            decision.pupil_id,
            decision.policy,
            decision.policy_version,
            decision.rule,
            decision.fired_on.isoformat(),
            instant_text(decision.decided_at),
            _json(list(decision.rows)),
            _json([dict(action) for action in decision.actions]),
            decision.reason,
            _json(dict(decision.evidence)),
            decision.generation,
        )
        columns = ", ".join(_DECISION.split(", ")[: len(values)])
        sql = f"INSERT INTO decision ({columns}) VALUES ({', '.join('?' * len(values))}) ON CONFLICT DO NOTHING"
        return self._db.write(sql, values) == 1

    def times_kept(self, school: str, pupil_id: str, firing: Firing) -> int:
        """Return how often a firing has been kept, withdrawn ones included."""
        sql = "SELECT count(*) FROM decision WHERE (school, pupil_id, policy, rule, fired_on) = (?, ?, ?, ?, ?)"
        values = (school, pupil_id, firing.policy, firing.rule, firing.fired_on.isoformat())
        row = self._db.row(sql, values)
        return int(row[0]) if row else 0

    def withdraw(self, decision_id: str, at: datetime, why: str) -> bool:
        """Withdraw a standing decision; false when it is unknown or already withdrawn. Its tasks and messages stay."""
        sql = "UPDATE decision SET state = 'withdrawn', withdrawn_at = ?, why = ? WHERE id = ? AND state = 'standing'"
        return self._db.write(sql, (instant_text(at), why, decision_id)) == 1

    def get(self, decision_id: str) -> Decision | None:
        """Return one decision."""
        return next(iter(self._decisions("id = ?", decision_id)), None)

    def of_pupil(self, pupil_id: str) -> list[Decision]:
        """Return a pupil's decisions at every school, standing and withdrawn, in the order in which they were made."""
        return self._decisions("pupil_id = ?", pupil_id)

    def of_school(self, school: str, since: date | None = None) -> list[Decision]:
        """Return a school's decisions that fired on or after a date, or all, in the order in which they were made."""
        return self._decisions("school = ? AND fired_on >= ?", school, since.isoformat() if since else "")

    def repeating(self, school: str, since: date) -> list[Decision]:
        """Return a school's standing decisions since a date of which some action is asked again and again."""
        # Looked for in the text, because parsing every decision of a year takes longer than judging a day.
        where = """school = ? AND fired_on >= ? AND state = 'standing' AND instr(actions, '"repeats":"each_') > 0"""
        return self._decisions(where, school, since.isoformat())

    def _decisions(self, where: str, *values: str) -> list[Decision]:
        rows = self._db.rows(f"SELECT {_DECISION} FROM decision WHERE {where} ORDER BY seq", values)
        return [_decision(row) for row in rows]

    def open(self, episode: Episode) -> bool:
        """Begin an episode; false when the pupil already has one on that ladder."""
        values = (episode.school, episode.pupil_id, episode.policy, episode.ladder, episode.rung)
        return (
            self._db.write(
                "INSERT INTO episode (school, pupil_id, policy, ladder, rung, opened_on, moved_on)"
                " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (*values, episode.opened_on.isoformat(), episode.moved_on.isoformat()),
            )
            == 1
        )

    def move(self, episode: Episode) -> bool:
        """Move the open episode of that pupil and ladder to ``rung`` on ``moved_on``; false when there is none."""
        values = (episode.rung, episode.moved_on.isoformat(), *_key(episode))
        return self._db.write(f"UPDATE episode SET rung = ?, moved_on = ? WHERE {_KEY}", values) == 1

    def clear(self, episode: Episode, on: date) -> bool:
        """Close the open episode of that pupil and ladder; false when there is none."""
        sql = f"UPDATE episode SET cleared_on = ? WHERE {_KEY}"
        return self._db.write(sql, (on.isoformat(), *_key(episode))) == 1

    def episodes(self, school: str) -> list[Episode]:
        """Return a school's open episodes by pupil."""
        return self._episodes("school = ? AND cleared_on IS NULL ORDER BY pupil_id, policy, ladder", school)

    def episodes_of(self, pupil_id: str) -> list[Episode]:
        """Return a pupil's episodes at every school, open and cleared, in the order in which they began."""
        return self._episodes("pupil_id = ? ORDER BY opened_on, id", pupil_id)

    def begun(self, firing: Episode) -> date | None:
        """Return when the latest episode of that pupil and ladder began that had begun by ``opened_on``."""
        sql = (
            "SELECT max(opened_on) FROM episode WHERE pupil_id = ? AND school = ? AND policy = ? AND ladder = ?"
            " AND opened_on <= ?"
        )
        values = (firing.pupil_id, firing.school, firing.policy, firing.ladder, firing.opened_on.isoformat())
        row = self._db.row(sql, values)
        return date_or_none(row[0]) if row else None

    def open_episode(self, like: Episode) -> Episode | None:
        """Return the open episode of that pupil and ladder."""
        sql = f"SELECT {_EPISODE} FROM episode WHERE {_KEY}"
        return next((_episode(row) for row in self._db.rows(sql, _key(like))), None)

    def _episodes(self, where: str, value: str) -> list[Episode]:
        return [_episode(row) for row in self._db.rows(f"SELECT {_EPISODE} FROM episode WHERE {where}", (value,))]


def _json(value: object) -> str:
    return _ENCODE(value)


#: One encoder for all: ``json.dumps`` makes one for each call.
_ENCODE = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def _key(episode: Episode) -> tuple[str, str, str, str]:
    return episode.school, episode.pupil_id, episode.policy, episode.ladder


def _decision(row: Row) -> Decision:
    given = dict(zip(Decision.__slots__, row, strict=True))
    for name in ("rows", "actions", "evidence"):
        given[name] = json.loads(given[name])
    given["fired_on"] = date.fromisoformat(given["fired_on"])
    given["decided_at"] = datetime.fromisoformat(given["decided_at"])
    given["withdrawn_at"] = instant_or_none(given["withdrawn_at"])
    return Decision(**given)


def _episode(row: Row) -> Episode:
    given = dict(zip(Episode.__slots__, row, strict=True))
    for name in ("opened_on", "moved_on", "cleared_on"):
        given[name] = date_or_none(given[name])
    return Episode(**given)
