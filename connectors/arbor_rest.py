"""Arbor's REST: one object by its reference, the change log of an entity, and lists of marks to write.

Listings there are references without content, one request an object; so registers come through GraphQL, and only what
GraphQL does not have is asked here. Names and envelope follow Arbor's own SDKs; the two disagree in places.
"""

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeVar

import msgspec

from connectors.arbor_graphql import Status
from connectors.arbor_rows import Day
from connectors.base import Malformed
from connectors.http import Answer, Client, failure

ROOT = "/rest-v2"
RECORDS_PATH = f"{ROOT}/attendance-roll-call-records"
_ID = re.compile(r"[\w-]+\Z")


class Reference(msgspec.Struct):
    """Another object in short: its type and where it is found."""

    href: str

    @property
    def id(self) -> str:
        """The last part of the reference; raises ``Malformed`` for what is no id, since requests are made of it."""
        found = self.href.rstrip("/").rpartition("/")[2]
        if not _ID.match(found):
            raise Malformed("a reference of Arbor's REST ends in no id: ask Arbor's support")
        return found


class RestError(msgspec.Struct):
    """One error of a body. Its text is the platform's: it is never repeated."""

    message: str = ""


class RestStatus(Status):
    """The status in a body, with its errors; it overrules the HTTP status, which may stay 200."""

    errors: tuple[RestError | str, ...] = ()


class RestReply(msgspec.Struct):
    """What every answer may bring beside its content: a status under one of two names."""

    response: RestStatus | None = None
    status: RestStatus | None = None

    def said(self) -> list[RestStatus]:
        """Return the statuses that are there."""
        return [status for status in (self.response, self.status) if status is not None]


class RestRecord(msgspec.Struct, rename="camel"):
    """One roll-call record, with references where GraphQL has rows."""

    record_date: Day | None = None
    student: Reference | None = None
    attendance_mark: Reference | None = None
    attendance_roll_call: Reference | None = None
    minutes_late: int | None = None


class RecordReply(RestReply, rename="camel"):
    """The answer for one record."""

    attendance_roll_call_record: RestRecord | None = None


A = TypeVar("A", bound=RestReply)
_RECORD = msgspec.json.Decoder(RecordReply)


@dataclass(frozen=True, slots=True)
class Rest:
    """One school's REST interface."""

    client: Client

    def record(self, number: str) -> RestRecord | None:
        """Return one roll-call record; none where it is there no more. Raises as a pull does."""
        reply = self.get(f"{RECORDS_PATH}/{number}", _RECORD, absent={HTTPStatus.NOT_FOUND})
        if reply is None:
            return None
        if reply.attendance_roll_call_record is None:
            raise Malformed(f"{self.client.host} answered without attendanceRollCallRecord: that is no record")
        return reply.attendance_roll_call_record

    def get(
        self,
        path: str,
        decoder: msgspec.json.Decoder[A],
        *,
        params: Mapping[str, str] | None = None,
        absent: Container[int] = (),
    ) -> A | None:
        """Fetch and doubt one answer; none for a status, outside or inside the body, that says it is ``absent``."""

        def read(answer: Answer) -> A | None:
            if answer.status in absent:
                return None
            reply = answer.json(decoder)
            if any(status.code in absent for status in reply.said()):
                return None
            self.doubt(reply)
            return reply

        return self.client.get(read, path, params=params, accept="application/json", readable=absent)

    def post(
        self, path: str, body: bytes, decoder: msgspec.json.Decoder[A], *, readable: Container[int] = ()
    ) -> A | None:
        """Post what may be posted twice and doubt the answer; none where the status, or the body, says 403.

        A body with a 422 tells of its rows; it is for the caller to read.
        """

        def read(answer: Answer) -> A | None:
            if answer.status == HTTPStatus.FORBIDDEN:
                return None
            reply = answer.json(decoder)
            if any(status.code == HTTPStatus.FORBIDDEN for status in reply.said()):
                return None
            if not any(status.code == HTTPStatus.UNPROCESSABLE_ENTITY for status in reply.said()):
                self.doubt(reply)
            return reply

        return self.client.post_json(path, body, read, readable=readable)

    def doubt(self, reply: RestReply) -> None:
        """Raise for an answer whose body says that it failed, whatever its HTTP status."""
        for status in reply.said():
            if status.code is not None and status.code >= HTTPStatus.BAD_REQUEST:
                raise failure(status.code, self.client.host)
            if status.success is False or status.errors:
                raise Malformed(f"{self.client.host} reports an error inside its answer: ask Arbor's support")
