"""A concern notice as ``attendance-concern/1.0``: a CloudEvents 1.0 event in structured JSON.

Each kind carries what it needs and no more: names, dates of birth, addresses and parents leave in a referral alone.
What a referral asks for and the sender has not got is said to be held elsewhere; nothing is invented.
"""

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from typing import Any

from mapping.model import Session
from outbox.feed_rows import when
from outbox.notice import Kind, Notice
from outbox.notice_parts import Absence

SCHEMA_VERSION = "attendance-concern/1.0"
DATA_SCHEMA = "urn:attendance-relay:schema:attendance-concern:1.0"
_TYPES = {
    Kind.NOTIFICATION: "attendance-relay.concern.raised.v1",
    Kind.UPDATE: "attendance-relay.concern.updated.v1",
    Kind.REFERRAL: "attendance-relay.referral.submitted.v1",
    Kind.WITHDRAWAL: "attendance-relay.concern.withdrawn.v1",
}
#: What the forms of authorities ask for; said to be held elsewhere where the sender has not got it.
_OF_A_REFERRAL = (
    *("full_name", "date_of_birth", "gender", "year_group", "address", "address_last_confirmed", "parents"),
    *("emergency_contacts", "previous_school", "upn", "home_school"),
)
#: What is for the body that takes the case over, and for nobody else.
_REFERRED = ("last_known", "new_destination", "referral", "history", "incomplete")


def compose_notice(notice: Notice) -> bytes:
    """Return the event as UTF-8 JSON: the same notice gives the same bytes."""
    event = {
        "specversion": "1.0",
        "id": notice.message_id,
        "source": f"urn:attendance-relay:sender:{notice.sender.id}",
        "type": _TYPES[notice.kind],
        "subject": notice.notice_ref,
        "time": when(notice.created_at),
        "sequence": f"{notice.sequence:06}",
        "datacontenttype": "application/json",
        "dataschema": DATA_SCHEMA,
        "data": _data(notice),
    }
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def _data(notice: Notice) -> dict[str, Any]:
    said = {
        "schema_version": SCHEMA_VERSION,
        "trial": notice.is_trial or None,
        "notice_ref": notice.notice_ref,
        "case_ref": notice.case_ref,
        "kind": notice.kind,
        "urgency": notice.urgency,
        "stage": notice.policy.stage,
        "policy_id": notice.policy.id,
        "policy_version": notice.policy.version,
        "rule": notice.policy.rule,
        "policy_rows": notice.policy.rows,
        "reason": notice.summary,
        "approved_by_role": notice.approved_by_role,
        "approved_at": notice.approved_at,
        "supersedes": notice.supersedes,
        "changes_since_last": notice.changes_since_last,
        "phone_call": notice.phone_call,
        "sender": notice.sender,
        "recipient_role": notice.recipient.role,
        "legal_basis_code": notice.recipient.legal_basis_code,
        "agreement_ref": notice.recipient.agreement_ref,
        "child": _child(notice),
        "absence": _absence(notice.absence) if notice.absence else None,
        "actions": notice.actions,
        "last_known": notice.last_known,
        "new_destination": notice.new_destination,
        "risk_codes": notice.risk_codes,
        "referral": notice.referral,
        "history": notice.history,
        "incomplete": notice.incomplete,
        "requested_action": notice.requested_action,
        "respond_by": notice.respond_by,
        "acknowledgement_url": notice.acknowledgement_url,
        "reply_instructions": notice.reply_instructions,
        "created_at": notice.created_at,
        "data_as_at": notice.data_as_at,
    }
    data: dict[str, Any] = _plain(said)
    if notice.kind is not Kind.REFERRAL:
        return {name: value for name, value in data.items() if name not in _REFERRED}
    return data if notice.actions else data | {"actions": {"held_by": notice.held_by}}


def _child(notice: Notice) -> dict[str, Any]:
    child: dict[str, Any] = _plain(notice.child)
    if notice.kind is Kind.REFERRAL:
        return {name: {"held_by": notice.held_by} for name in _OF_A_REFERRAL} | child
    names = ("local_pupil_id", "placement_ref", "responsible_la_code", "upn", "home_school")
    return {name: child[name] for name in names if name in child}


def _absence(absence: Absence) -> dict[str, Any]:
    last = absence.last_attended
    return {
        "last_attended_date": last.day if last else "none_in_window",
        "last_attended_session": last.half if last else None,
        "first_missed_date": absence.first_missed_date,
        "consecutive_sessions": absence.consecutive_sessions,
        "sessions_missed_in_window": absence.sessions_missed_in_window,
        "window_from": absence.window_from,
        "window_to": absence.window_to,
        "codes": [_session(session) | {"code": code} for session, code in absence.codes],
        "data_complete": not absence.not_recorded,
        "not_recorded": [_session(session) for session in absence.not_recorded],
    }


def _session(session: Session) -> dict[str, Any]:
    return {"date": session.day, "session": session.half}


def _plain(value: Any) -> Any:
    """Turn data into what JSON has, and leave out what was left empty; a false or zero is not empty."""
    match value:
        case datetime():
            return when(value)
        case date():
            return value.isoformat()
        case str() | int() | None:
            return value
        case Mapping():
            plain = {name: _plain(each) for name, each in value.items()}
            return {name: each for name, each in plain.items() if each not in (None, "", [], {})}
        case tuple() | list():
            return [_plain(each) for each in value]
        case _:
            return _plain({each.name: getattr(value, each.name) for each in fields(value)})
