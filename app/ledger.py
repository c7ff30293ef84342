"""Decisions between the rules and the store: what is kept of one, and what can be read back years later."""

from dataclasses import fields
from datetime import date, datetime
from typing import Any

from mapping.model import Half, Session
from outbox.messages import message_id
from rules.model import Action, ActionKind, Decision, Reason
from store.cases import Decision as Kept


def kept(decision: Decision, *, school: str, key: bytes, generation: int, decided_at: datetime) -> Kept:
    """Return a decision as the store keeps it; the same firing always gets the same id."""
    pupil_id = decision.pupil_id or ""
    cause = f"decision/{school}/{pupil_id}/{decision.policy}/{decision.rule}/{decision.fired_on}/{generation}"
    return Kept(
        id=message_id(key, cause),
        school=school,
        pupil_id=pupil_id,
        policy=decision.policy,
        policy_version=decision.policy_version,
        rule=decision.rule,
        fired_on=decision.fired_on,
        decided_at=decided_at,
        rows=decision.rows,
        actions=[_plain(action) for action in decision.actions],
        reason=decision.reason.text,
        evidence=_evidence(decision),
        generation=generation,
    )


def read_back(row: Kept) -> Decision:
    """Return the decision that was kept."""
    evidence = row.evidence
    return Decision(
        policy=row.policy,
        policy_version=row.policy_version,
        rule=row.rule,
        rows=tuple(row.rows),
        says=evidence["says"],
        pupil_id=row.pupil_id or None,
        fired_on=row.fired_on,
        reason=Reason(
            text=row.reason,
            counted=tuple(map(_session, evidence["counted"])),
            stepped_over=tuple((date.fromisoformat(day), why) for day, why in evidence["stepped_over"]),
            not_recorded=tuple(map(_session, evidence["not_recorded"])),
        ),
        actions=tuple(_action(action) for action in row.actions),
        ladder=evidence["ladder"],
        rung=evidence["rung"],
        is_floor=evidence["is_floor"],
        passed=tuple(evidence["passed"]),
    )


def _evidence(decision: Decision) -> dict[str, Any]:
    reason = decision.reason
    return {
        "says": decision.says,
        "counted": [_written(session) for session in reason.counted],
        "stepped_over": [[day.isoformat(), why] for day, why in reason.stepped_over],
        "not_recorded": [_written(session) for session in reason.not_recorded],
        "ladder": decision.ladder,
        "rung": decision.rung,
        "is_floor": decision.is_floor,
        "passed": list(decision.passed),
    }


def _plain(action: Action) -> dict[str, Any]:
    # Not asdict, which copies every value: this runs for each decision of each pupil.
    return {name: getattr(action, name) for name in _OF_ACTION}


_OF_ACTION = tuple(field.name for field in fields(Action))


def _written(session: Session) -> str:
    return f"{session.day.isoformat()} {session.half}"


def _session(text: str) -> Session:
    day, half = text.split()
    return Session(date.fromisoformat(day), Half(half))


def _action(given: Any) -> Action:
    return Action(**{**given, "kind": ActionKind(given["kind"]), "to": tuple(given["to"])})
