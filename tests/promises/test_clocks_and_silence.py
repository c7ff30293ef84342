"""A clock that changes does no harm, and a relay that stands still is noticed."""

import os
import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from standardwebhooks import Webhook
from typer.testing import CliRunner

from app import health
from app.cli import cli
from outbox.relay import Delivery
from tests.outbox.builders import SECRET
from tests.promises.builders import Clock, deliver_all, enqueue, https, ids, outcomes, receiving, states

RULES = Path(__file__).parents[2] / "docs" / "monitoring" / "attendance-relay.rules.yml"
LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(datetime(2026, 3, 29, 1, tzinfo=UTC), id="the clocks go forward"),
        pytest.param(datetime(2026, 10, 25, 1, tzinfo=UTC), id="the clocks go back"),
    ],
)
def test_promise_28_a_retry_over_a_change_of_the_clocks_waits_no_longer_and_is_signed_in_utc(store, tmp_path, change):
    """Changes of the clock do no harm.

    Half a minute is half a minute, and the signature's time is that of the instant, in summer time as well.
    """
    clock = Clock(change - timedelta(seconds=20))
    [name] = enqueue(store, "a", created_at=clock.now)
    with receiving(tmp_path, lambda _: 503 if len(posts) == 1 else 202) as (url, posts):
        # The channel's clock shows the time on the wall.
        channels = {"warwickshire": https(url, lambda: clock.now.astimezone(LONDON))}
        done = []
        for seconds in (0, 29, 1):
            clock.wait(seconds=seconds)
            done.append(deliver_all(store, clock, channels))

    assert done == [Delivery(deferred=1), Delivery(), Delivery(delivered=1)]
    instants = [change - timedelta(seconds=20), change + timedelta(seconds=10)]
    assert [int(each.headers["webhook-timestamp"]) for each in posts] == [each.timestamp() for each in instants]
    signed = [Webhook(SECRET).sign(name, each, posts[0].body.decode()) for each in instants]
    assert [each.headers["webhook-signature"] for each in posts] == signed


@pytest.mark.parametrize("step", [timedelta(hours=-1), timedelta(hours=1), timedelta(days=30)])
def test_promise_28_a_clock_that_jumps_between_two_attempts_loses_and_doubles_nothing(store, tmp_path, step):
    """Changes of the clock do no harm.

    Back an hour or forward a month between two attempts: it arrives once, at the latest when its time is come.
    """
    clock, [name] = Clock(), enqueue(store, "a")
    with receiving(tmp_path, lambda _: 503 if len(posts) == 1 else 202) as (url, posts):
        channels = {"warwickshire": https(url, clock)}
        deliver_all(store, clock, channels)
        clock.now += step
        for _ in range(7):
            clock.wait(minutes=10)
            deliver_all(store, clock, channels)

    assert (states(store, [name]), outcomes(store, name)) == (["delivered"], ["deferred", "delivered"])
    assert ids(posts) == [name, name]


def test_promise_31_the_dead_man_rings_for_a_heartbeat_that_has_stopped(stand, monkeypatch):
    """Silence is noticed.

    Five minutes without a turn: the health check fails, and the condition of the published alert is true.
    """
    stand.write()
    for name, at in {"DATABASE": "relay.db", "SECRETS_DIR": "secrets", "HEARTBEAT": "heartbeat"}.items():
        monkeypatch.setenv(f"ATTENDANCE_RELAY_{name}", str(stand.folder / at))
    [limit] = re.findall(r"time\(\) - attend_loop_heartbeat_timestamp_seconds > (\d+)", RULES.read_text())
    health.beat(stand.folder / "heartbeat")
    now = time.time()

    rings, codes = [], []
    for age in (0, 200, 301):
        os.utime(stand.folder / "heartbeat", (now - age, now - age))
        page = CliRunner().invoke(cli, ["metrics", "--config", str(stand.operator)]).stdout
        [beat_at] = re.findall(r"^attend_loop_heartbeat_timestamp_seconds (\S+)$", page, re.MULTILINE)
        rings.append(now - float(beat_at) > int(limit))
        codes.append(CliRunner().invoke(cli, ["healthcheck", "--config", str(stand.operator)]).exit_code)

    assert rings == [False, False, True]
    assert codes == [0, 0, 1]
    assert 'absent(up{job="attendance-relay"} == 1)' in RULES.read_text(), "and nobody answering rings as well"
