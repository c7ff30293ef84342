"""The example files of docs/formats, composed from the synthetic pupils. ``python -m tests.outbox.examples`` writes them."""

import json
from dataclasses import replace

from mapping.model import Half, Session
from outbox.confirmations import Confirmed, confirmation_texts
from outbox.emails import compose_email
from outbox.feed_rows import Attended, Profile
from outbox.feeds import Edition, FeedKind, Mode, changed_only, compose_feed, revise
from outbox.messages import message_id
from outbox.notices import compose_notice
from tests.outbox.builders import (
    GOLDEN,
    KEY,
    SENDER_ADDRESS,
    WED,
    a_day,
    at,
    confirmed,
    environment,
    header,
    notice,
    referral,
    update,
    withdrawal,
)


def full_day(profile):
    rows, published = revise({}, a_day(), profile)
    return compose_feed(header(profile=profile), rows), published


def correction():
    """The next morning: the absence is explained, the missing mark is there, and one record did not hold."""
    _, published = full_day(Profile.IDENTITY)
    first, absence, _, missing = a_day()
    explained = replace(absence, reason_status="established", national_code="I", changed_at=at(16, 20))
    marked = replace(
        missing, attended=Attended.PRESENT, national_code="\\", marked_at=at(16, 25), changed_at=at(16, 25)
    )
    rows, _ = revise(published, [first, explained, marked], Profile.IDENTITY)
    head = header(
        message_id=message_id(KEY, "feed/warwickshire/2026-11-04/2"),
        edition=Edition.FINAL,
        mode=Mode.CORRECTION,
        sequence=42,
        revision=2,
        created_at=at(17),
        extracted_at=at(16, 59),
    )
    return compose_feed(head, changed_only(published, rows))


def nil():
    return compose_feed(header(mode=Mode.NIL, message_id=message_id(KEY, "feed/warwickshire/nil"), sequence=43), ())


def confirmation():
    """The home school's file of the same day, sent again in the evening when a missing mark had come in."""
    morning = [
        confirmed(),
        confirmed(
            local_pupil_id="10311",
            placement_ref="PL-0413",
            upn="",
            attended=Confirmed.NOT_KNOWN,
            suggested_home_code="",
        ),
    ]
    _, published = revise({}, morning, Profile.MINIMAL, write=confirmation_texts)
    afternoon = confirmed(session=Session(WED, Half.PM), attended=Confirmed.DID_NOT_ATTEND, suggested_home_code="")
    evening = [morning[0], afternoon, replace(morning[1], attended=Confirmed.ATTENDED, suggested_home_code="D")]
    rows, _ = revise(published, evening, Profile.MINIMAL, write=confirmation_texts)
    head = header(
        kind=FeedKind.CONFIRMATION,
        profile=Profile.MINIMAL,
        destination="alder-academy",
        message_id=message_id(KEY, "feed/alder-academy/2"),
        edition=Edition.FINAL,
        sequence=8,
        revision=2,
        not_sent=(7,),
    )
    return compose_feed(head, rows)


def examples() -> dict[str, bytes]:
    feeds = {
        "attendance-daily.identity": full_day(Profile.IDENTITY)[0],
        "attendance-daily.minimal": full_day(Profile.MINIMAL)[0],
        "attendance-daily.correction": correction(),
        "attendance-daily.nil": nil(),
        "attendance-confirmation": confirmation(),
    }
    notices = {
        "attendance-concern.notification": notice(),
        "attendance-concern.update": update(),
        "attendance-concern.referral": referral(),
        "attendance-concern.withdrawal": withdrawal(),
    }
    email = compose_email(notice(), SENDER_ADDRESS, "commissioning@ashgrove.example", environment=environment())
    return (
        {f"{name}.csv": feed.csv for name, feed in feeds.items()}
        | {f"{name}.manifest.json": _readable(feed.manifest) for name, feed in feeds.items()}
        | {f"{name}.json": _readable(json.loads(compose_notice(each))) for name, each in notices.items()}
        | {"notice.eml": email}
    )


def _readable(value) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=2).encode() + b"\n"


if __name__ == "__main__":
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for name, content in examples().items():
        (GOLDEN / name).write_bytes(content)
