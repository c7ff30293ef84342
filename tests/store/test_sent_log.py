import json

import pytest

from store.sent_log import Lost, SentLog
from tests.store.builders import MONDAY, draft


@pytest.fixture
def log(tmp_path):
    return SentLog(tmp_path / "sent.log")


def names(sent):
    return [each.message_id for each in sent]


def test_what_was_sent_since_a_place_is_read_back_once(log):
    start = log.start()
    log.note([draft("m1"), draft("m2", kind="feed.nil", subject_ref="a.csv")], MONDAY)
    sent, place = log.since(start)
    log.note([draft("m3")], MONDAY)

    assert names(sent) == ["m1", "m2"]
    assert (sent[1].kind, sent[1].subject_ref, sent[1].idempotency_key) == ("feed.nil", "a.csv", "key of m2")
    assert (sent[0].at, sent[0].destination) == (MONDAY, "coventry")
    assert names(log.since(place)[0]) == ["m3"]
    assert log.since(log.end()) == ([], log.end())


def test_a_line_cut_short_by_a_full_disk_costs_nothing_but_itself(log, tmp_path):
    start = log.start()
    log.note([draft("m1")], MONDAY)
    with (tmp_path / "sent.log").open("ab") as file:
        file.write(b'{"id":"m2","at":"2026-')
    sent, place = log.since(start)
    log.note([draft("m3")], MONDAY)

    assert names(sent) == ["m1"]
    assert names(log.since(place)[0]) == ["m3"]


@pytest.mark.parametrize(
    "happens",
    [
        pytest.param(lambda path: path.unlink(), id="removed"),
        pytest.param(lambda path: path.write_bytes(b""), id="emptied"),
        pytest.param(lambda path: path.write_bytes(b"something else\n"), id="another file"),
        pytest.param(lambda path: SentLog(path).start(), id="another log"),
        pytest.param(lambda path: path.write_bytes(path.read_bytes()[:60]), id="cut back"),
    ],
)
def test_a_log_that_does_not_reach_back_is_said_to_be_lost(log, tmp_path, happens):
    log.start()
    log.note([draft("m1")], MONDAY)
    place = log.end()
    happens(tmp_path / "sent.log")

    with pytest.raises(Lost, match=r"sent\.log"):
        log.since(place)


def test_an_overlong_log_keeps_its_newer_half_and_every_place_in_it(log, tmp_path, monkeypatch):
    monkeypatch.setattr("store.sent_log._LONGEST", 4000)
    start = log.start()
    for number in range(40):
        log.note([draft(f"m{number}")], MONDAY)
        if number == 35:
            middle = log.end()
    before = log.end()

    log.trim()

    assert (tmp_path / "sent.log").stat().st_size < 4000
    assert log.end() == before
    assert names(log.since(middle)[0]) == ["m36", "m37", "m38", "m39"]
    with pytest.raises(Lost):
        log.since(start)
    log.note([draft("m40")], MONDAY)
    assert names(log.since(before)[0]) == ["m40"]


def test_a_short_log_is_left_as_it_is(log, tmp_path):
    log.start()
    log.note([draft("m1")], MONDAY)
    content = (tmp_path / "sent.log").read_bytes()

    log.trim()

    assert (tmp_path / "sent.log").read_bytes() == content


def test_the_log_holds_ids_and_is_for_its_owner_alone(log, tmp_path):
    log.start()
    log.note([draft("m1", payload=b"Robin Canary", address="office@ashgrove.example")], MONDAY)
    path = tmp_path / "sent.log"

    assert path.stat().st_mode & 0o077 == 0
    assert b"Canary" not in path.read_bytes()
    assert b"ashgrove" not in path.read_bytes()
    assert json.loads(path.read_bytes().splitlines()[2])["id"] == "m1"
