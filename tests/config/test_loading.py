"""A folder that is in order, as the rest of the relay sees it."""

from datetime import date, time
from pathlib import Path

import pytest

from config.loading import load
from config.operators import Operator
from config.problems import ConfigErrors
from mapping.identity import Crosswalk
from mapping.model import Half, Session

from .conftest import REGISTRIES


@pytest.fixture
def operator(folder: Path, shipped: Path) -> Operator:
    return load(folder, registries=REGISTRIES, shipped=shipped)


def test_times_that_are_not_given_are_those_of_an_ordinary_school_day(operator: Operator) -> None:
    times = operator.times

    assert times.pull == (time(8, 50), time(9, 30), time(12, 30), time(15, 45))
    assert (times.provisional_feed, times.decide, times.final_feed) == (time(9, 45), time(16, 0), time(16, 15))


def test_a_register_stays_open_as_long_as_its_school_says_else_as_the_limits_say(operator: Operator) -> None:
    north, south = operator.schools

    assert operator.codes_of(north).register_open_minutes == 20
    assert operator.codes_of(south).register_open_minutes == 30


def test_a_school_reads_symbols_with_its_own_table_else_with_its_platforms(operator: Operator) -> None:
    north, south = operator.schools

    assert operator.codes_of(north).table == {"/": "/", "\\": "\\", "L": "L", "N": "N"}
    assert operator.codes_of(south).table == {"/": "/", "LATE": "late", "": "not_a_mark"}


def test_a_platform_that_nobody_registered_reads_the_table_of_its_own_name(folder: Path, shipped: Path) -> None:
    operator = load(folder, shipped=shipped)

    assert operator.codes_of(operator.school("north-site")).table["N"] == "N"


def test_the_operators_policies_lie_over_the_shipped_ones(operator: Operator, folder: Path, shipped: Path) -> None:
    north, south = operator.schools

    assert operator.policy_of(north).path == shipped / "policies" / "swift-learning.toml"
    assert operator.policy_of(south).path == folder / "policies" / "house-rules.toml"
    assert operator.policy_of(south).content == {"id": "house-rules"}


def test_a_file_of_the_same_name_replaces_the_shipped_one(folder: Path, shipped: Path) -> None:
    (folder / "policies" / "swift-learning.toml").write_text('id = "ours"\n')

    operator = load(folder, registries=REGISTRIES, shipped=shipped)

    assert operator.library.policies["swift-learning"].content == {"id": "ours"}


def test_templates_are_looked_for_at_the_operators_first(folder: Path, shipped: Path) -> None:
    for place in (folder, shipped):
        (place / "templates").mkdir()

    operator = load(folder, registries=REGISTRIES, shipped=shipped)

    assert operator.library.template_folders == (folder / "templates", shipped / "templates")


@pytest.mark.parametrize(
    ("day", "why"),
    [
        ("2026-09-01", "INSET day"),  # Tuesday
        ("2026-11-27", "closed"),  # Friday
        ("2027-01-04", None),  # Monday
        ("2027-03-26", "Good Friday"),
        ("2027-03-29", "Easter Monday"),
        ("2026-10-26", "outside term"),  # Monday of half term
        ("2026-09-05", "weekend"),  # Saturday
    ],
)
def test_a_calendar_knows_why_a_school_is_closed(operator: Operator, day: str, why: str | None) -> None:
    calendar = operator.calendar_of(operator.school("north-site"))

    assert calendar.why_closed(date.fromisoformat(day)) == why


def test_bank_holidays_can_be_school_days_where_the_calendar_says_so(folder: Path, shipped: Path) -> None:
    file = folder / "calendars" / "2026-27.toml"
    file.write_text("bank_holidays = false\n" + file.read_text())

    operator = load(folder, registries=REGISTRIES, shipped=shipped)

    assert operator.calendar_of(operator.schools[0]).is_school_day(date(2027, 3, 26))


def test_a_pupil_is_due_at_the_sessions_of_the_timetable_while_the_placement_lasts(operator: Operator) -> None:
    first, second, _ = operator.placements

    assert first.is_expected(Session(date(2026, 9, 7), Half.PM))  # Monday
    assert not first.is_expected(Session(date(2026, 9, 8), Half.AM))  # Tuesday
    assert first.is_expected(Session(date(2026, 9, 9), Half.AM))  # Wednesday
    assert not first.is_expected(Session(date(2026, 9, 9), Half.PM))
    assert not first.is_expected(Session(date(2026, 11, 2), Half.AM))  # Monday after the end
    assert second.is_expected(Session(date(2026, 11, 3), Half.AM))  # Tuesday, no timetable given


def test_placements_are_the_crosswalk_of_their_school(operator: Operator) -> None:
    crosswalk = Crosswalk(operator.links_of("north-site"))

    assert crosswalk.resolve("9001", None, date(2026, 10, 31)) == "p-1"
    assert crosswalk.resolve("9001", "R331400026001", date(2027, 1, 4)) == "p-1"
    assert not isinstance(crosswalk.resolve("9001", None, date(2026, 11, 1)), str)


def test_flags_are_a_set(operator: Operator) -> None:
    assert operator.placements[0].flags == {"send", "looked_after"}
    assert operator.placements[1].flags == frozenset()


def test_a_feed_says_which_column_is_compared_with_what(operator: Operator) -> None:
    (feed,) = operator.feeds

    assert (feed.selector, feed.editions) == (("la_code", "331"), ("provisional", "final"))
    assert operator.destination(feed.destination).organisation == "331"


@pytest.mark.parametrize(("day", "agreed"), [("2027-07-31", True), ("2027-08-01", False)])
def test_an_agreement_holds_to_its_last_day(operator: Operator, day: str, *, agreed: bool) -> None:
    assert operator.destination("coventry-feed").is_agreed_on(date.fromisoformat(day)) is agreed


def test_nothing_an_operator_prints_shows_a_pupil_or_a_connectors_settings(operator: Operator) -> None:
    shown = repr(operator) + repr(operator.placements[0]) + repr(operator.schools[0])

    assert "Canary" not in shown
    assert "2011" not in shown
    assert "north.uk.arbor.sc" not in shown


def problems(folder: Path, shipped: Path) -> list[str]:
    with pytest.raises(ConfigErrors) as raised:
        load(folder, registries=REGISTRIES, shipped=shipped)
    return [str(problem) for problem in raised.value.problems]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path, shipped: Path) -> None:
    missing = tmp_path / "operater"

    assert problems(missing, shipped) == [
        f"{missing}: is not a folder: name the operator's folder, or write one with `init`"
    ]


def test_a_file_that_cannot_be_read_is_named(folder: Path, shipped: Path) -> None:
    (folder / "contacts.csv").unlink()
    (folder / "contacts.csv").mkdir()

    assert problems(folder, shipped) == [
        "contacts.csv: cannot be read (Is a directory): give the relay's user permission to read it",
    ]


def test_every_file_is_reported_at_once_in_the_order_of_reading(folder: Path, shipped: Path) -> None:
    (folder / "relay.toml").write_text((folder / "relay.toml").read_text().replace("limits", "limmits"))
    (folder / "calendars" / "2026-27.toml").write_text("x")
    (folder / "placements.csv").write_text("")

    files = [problem.partition(":")[0] for problem in problems(folder, shipped)]

    assert files == ["relay.toml", "calendars/2026-27.toml", "placements.csv"]
