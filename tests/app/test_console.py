"""What is logged and shown: one JSON line an event, ids only, and never what a failure says of a pupil."""

import io
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest
import structlog
from rich.console import Console

from app import console
from app.checking import check
from app.mishaps import unforeseen
from app.status import status
from outbox.messages import Blame
from tests.app.builders import mail
from tests.builders import CANARY


def fall_over(kind):
    """Fail in words that quote a pupil."""
    raise kind(f"cannot read {CANARY[0]}")


def events(capsys):
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_an_event_is_one_json_line_with_its_time_and_level(capsys):
    console.set_up_logging("json")

    structlog.get_logger().info("pulled", school="lane", new=4, problem=None, detail="")

    [event] = events(capsys)
    assert datetime.fromisoformat(event.pop("ts")).tzinfo is not None
    assert event == {"event": "pulled", "school": "lane", "new": 4, "level": "info"}


def test_automatic_logging_is_json_where_there_is_no_terminal(capsys):
    console.set_up_logging("auto")

    structlog.get_logger().warning("paused", destination="coventry")

    assert events(capsys)[0]["level"] == "warning"


def test_logging_for_a_person_is_a_readable_line(capsys):
    console.set_up_logging("console")

    structlog.get_logger().info("pulled", school="lane")

    text = capsys.readouterr().err
    assert "pulled" in text
    assert not text.startswith("{")


def test_a_failure_is_logged_by_its_place_and_not_by_its_text(capsys):
    console.set_up_logging("json")

    try:
        fall_over(ValueError)
    except ValueError:
        structlog.get_logger().exception("job failed", error="ValueError")

    [event] = events(capsys)
    assert event["place"].startswith("test_console.py:")
    assert CANARY[0] not in json.dumps(event)


def test_an_unforeseen_failure_is_said_by_kind_and_place():
    try:
        fall_over(KeyError)
    except KeyError as failure:
        said = unforeseen(failure)

    assert said.startswith("failed unexpectedly: KeyError at test_console.py:")
    assert CANARY[0] not in said
    assert unforeseen(KeyError("x")) == ("failed unexpectedly: KeyError; nothing of it was kept, please report it")


@dataclass(frozen=True)
class Pair:
    left: int
    right: Blame


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (datetime(2026, 11, 2, 9, 30, tzinfo=UTC), '"2026-11-02T09:30:00+00:00"'),
        (date(2026, 11, 2), '"2026-11-02"'),
        (time(9, 30), '"09:30:00"'),
        (Path("/data"), '"/data"'),
        (Pair(1, Blame.MESSAGE), '{"left": 1, "right": "message"}'),
        ("Zoë", '"Zoë"'),
    ],
)
def test_whatever_is_reported_can_be_written_as_json(capsys, value, text):
    console.print_json({"value": value})

    assert capsys.readouterr().out == f'{{"value": {text}}}\n'


def test_what_cannot_be_written_as_json_is_an_error():
    with pytest.raises(TypeError, match="set cannot be written as JSON"):
        console.print_json({1, 2})


@pytest.fixture
def screen(monkeypatch):
    """A terminal of 80 columns; what it shows is its value."""
    shown = io.StringIO()
    monkeypatch.setattr(console, "out", Console(file=shown, width=80, highlight=False, soft_wrap=True))
    return shown


AT = datetime(2026, 11, 9, 16, 15, tzinfo=UTC)
LONG = "no connection to the receiver at 192.0.2.1 (ConnectionRefusedError): nothing was sent, and nothing is lost"


def words(screen):
    return " ".join(screen.getvalue().translate(dict.fromkeys(map(ord, "│┃"), " ")).split())


def test_a_table_shows_what_there_is_and_leaves_out_a_column_that_is_empty_in_every_row(screen):
    console.show_table("schools", [{"school": "lane", "stale_since": None, "open_cases": 0, "is_late": False}])

    assert words(screen).startswith("schools")
    assert "school open cases is late" in words(screen)
    assert "lane 0 no" in words(screen)
    assert "stale" not in words(screen)


@pytest.mark.parametrize("rows", [[], [{"school": None, "codes": []}]])
def test_a_table_of_nothing_is_not_shown(screen, rows):
    console.show_table("schools", rows)

    assert screen.getvalue() == ""


def test_a_table_is_no_wider_than_the_terminal_and_nothing_of_it_is_cut(screen):
    console.show_table("paused", [{"destination": "warwickshire", "at": AT, "then": AT, "reason": LONG}])

    lines = screen.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert "…" not in screen.getvalue()
    assert "Mon 9 Nov" in screen.getvalue()
    assert "(ConnectionRefusedError)" in screen.getvalue()


def test_what_does_not_fit_side_by_side_is_shown_line_by_line(screen):
    id_ = "eacca5c2-9295-80f5-83d9-d229505c4141"
    row = {"id": id_, "pupil_id": "pupil-with-a-long-id", "session": "2026-11-02 AM", "note": LONG, "by": None}
    console.show_table("changes", [row, row | {"note": "short"}])

    lines = [line.rstrip() for line in screen.getvalue().splitlines()]
    assert lines[:4] == [
        "changes",
        f"  id        {id_}",
        "  pupil id  pupil-with-a-long-id",
        "  session   2026-11-02 AM",
    ]
    assert max(map(len, lines)) <= 80
    assert LONG in words(screen)
    assert "  note      short" in lines


def test_brackets_in_a_cell_are_what_they_are(screen):
    console.show_table("quarantine", [{"reason": "code '[bold]' is not in the table of [limits]"}])

    assert "code '[bold]' is not in the table of [limits]" in words(screen)


def test_a_progress_bar_shows_on_a_terminal_only(monkeypatch):
    screen = io.StringIO()
    monkeypatch.setattr(console, "err", Console(file=screen, force_terminal=True, width=100))

    with console.progress("pulling records", total=4, quiet=True) as seen:
        seen(4)
    assert screen.getvalue() == ""

    with console.progress("pulling records", total=4) as seen:
        seen(4)
    assert "pulling records" in screen.getvalue()


def test_the_canarys_name_is_in_no_log_error_subject_or_file_name(build, capsys):
    """A life with everything that can go wrong in it: held codes, broken files, refusals, faults, corrections."""
    console.set_up_logging("json")
    stand = build(arbor=True)
    broken = stand.drop("Mon 2026-11-02", p1="N/", p2="//")
    broken.write_text(broken.read_text().replace(",AM,N", ",AM,QQ") + "4001,,,,,,\n" + ",".join(CANARY) + "\n")
    (stand.drop_folder / "other.csv").write_text(",".join(CANARY))
    with stand.receiving() as (authority, mailbox):
        stand.live("Mon 2026-11-02", p1="NN*10", p2=r"/\*10")
        wheel = stand.wheel()
        stand.at("Fri 2026-11-13 16:15")
        wheel.turn()
        stand.drop("Fri 2026-11-13", p1="//")
        stand.pulled("Mon 2026-11-16 09:30")
        authority.receive = lambda post: 422
        wheel.turn()

        said = [str(each) for each in check(stand.relay)]
        letters = [mail(each) for each in stand.messages("notice", "alert") if each.destination == "mail"]
        assert len(mailbox.ledger.received) >= 5
    written = [
        capsys.readouterr().err,
        json.dumps(status(stand.relay), default=str),
        *said,
        *(str(each.row) for each in stand.store.quarantine.held("lane")),
        *(f"{each.reason} {each.reference}" for each in stand.messages()),
        *(each["Subject"] for each in letters),
        *(str(path.relative_to(stand.folder)) for path in stand.folder.rglob("*")),
    ]
    assert len(written) > 50
    assert [text for text in written if any(name.lower() in text.lower() for name in CANARY)] == []
