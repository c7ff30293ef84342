"""The demo's figures: that they are counted, that they can be bad, and what the population is made of."""

import json
import re
from collections import Counter
from datetime import date

import pytest
from typer.testing import CliRunner

from app.cli import cli
from app.demo.population import SyntheticSchool
from app.demo.summary import _rates
from app.demo.term import FIRST, INSET, OUTAGE, PLANS, half_term, instants, is_down
from mapping.identity import UpnStatus, upn_status
from tests.builders import day, moment


def demo(folder, *options):
    """Play a week; return the exit code and what was printed."""
    done = CliRunner().invoke(cli, ["demo", "--weeks", "1", "--keep", str(folder), *options])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A week that was played, shown as text."""
    place = tmp_path_factory.mktemp("week")
    code, shown = demo(place)
    assert code == 0
    (place / "shown.txt").write_text(shown)
    return place


def test_a_person_is_told_what_happened_and_where_to_look(folder):
    shown = (folder / "shown.txt").read_text()

    assert re.search(r"marks pulled from Arbor, Class Charts, Wonde and files +[\d,]+", shown)
    assert re.search(r"due but never arrived +0", shown)
    assert "three-days-absent" in shown
    assert "northgate: 8." in shown
    assert f"Open it: {folder}" in shown


def again(folder):
    code, shown = demo(folder, "--json")
    return code, json.loads(shown)


def test_what_never_arrived_is_counted_as_lost_and_fails_the_demo(folder):
    record = folder / "received" / "mail" / "received" / "000003.json"
    content = record.read_bytes()
    record.unlink()
    try:
        code, summary = again(folder)
    finally:
        record.write_bytes(content)

    assert (code, summary["lost"], summary["sent_twice"]) == (1, 1, 0)


def test_a_feed_that_is_missing_at_its_receiver_is_counted_as_lost(folder):
    manifest = max((folder / "received" / "warwickshire").glob("*r2.json"))
    content = manifest.read_bytes()
    manifest.unlink()
    try:
        code, summary = again(folder)
    finally:
        manifest.write_bytes(content)

    # The message never arrived, and the edition of that day is not there.
    assert (code, summary["lost"]) == (1, 2)


def test_one_edition_under_two_ids_is_counted_as_sent_twice(folder):
    manifest = max((folder / "received" / "warwickshire").glob("*r2.json"))
    read = json.loads(manifest.read_bytes())
    twin = manifest.with_name("twin.json")
    twin.write_text(json.dumps(read | {"message_id": "another"}))
    try:
        code, summary = again(folder)
    finally:
        twin.unlink()

    assert (code, summary["lost"], summary["sent_twice"]) == (1, 0, 1)


def test_undisturbed_it_is_well_again(folder):
    code, summary = again(folder)

    assert (code, summary["lost"], summary["sent_twice"], summary["repeated_arrivals"]) == (0, 0, 0, 0)


# --- the population ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [1, 2, 77])
@pytest.mark.parametrize(
    ("plan", "rates"),
    [
        pytest.param(PLANS[0], "42.0. % absent, 18.7. % unauthorised", id="alternative provision"),
        pytest.param(PLANS[1], "8.[56]\\d % absent, 3.(2|3)\\d % unauthorised", id="secondary"),
    ],
)
def test_the_published_mix_is_met_whatever_the_seed(plan, rates, seed):
    school = SyntheticSchool(plan, half_term(), seed)

    assert re.fullmatch(rates, _rates(school.truth()))


def test_a_seed_draws_the_same_school_every_time_and_another_seed_another():
    one, same, other = (SyntheticSchool(PLANS[0], half_term(2), seed) for seed in (1, 1, 2))

    assert (one.pupils, one.sights) == (same.pupils, same.sights)
    assert one.sights != other.sights


def test_no_upn_can_be_a_real_childs():
    pupils = SyntheticSchool(PLANS[0], half_term(2), 1).pupils

    assert {pupil.upn[1:4] for pupil in pupils} == {"001"}
    assert {upn_status(pupil.upn) for pupil in pupils} == {UpnStatus.PERMANENT}
    before = [pupil.upn_before for pupil in pupils if pupil.upn_before]
    assert before
    assert {upn_status(each) for each in before} == {UpnStatus.TEMPORARY}


def test_what_a_register_shows_changes_at_the_time_it_is_changed():
    school = SyntheticSchool(PLANS[0], half_term(2), 1)
    histories = [sights for row in school.sights.values() for sights in row.values()]

    late = Counter(sights[0].code + sights[-1].code for sights in histories if len(sights) > 1)
    assert {"NO", "NI"} <= late.keys()
    assert all(first.since < second.since for first, second in (each for each in histories if len(each) == 2))


# --- the term ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weeks", "last", "days"),
    [(1, "Fri 2026-11-06", 5), (3, "Fri 2026-11-20", 15), (4, "Fri 2026-11-27", 19), (7, "Fri 2026-12-18", 34)],
)
def test_so_many_weeks_of_the_half_term(weeks, last, days):
    calendar = half_term(weeks)

    assert (calendar.terms[0].first, calendar.terms[0].last) == (FIRST, day(last))
    assert len(calendar.days) == days
    assert calendar.is_school_day(INSET) is False


def test_the_endpoint_is_down_from_a_thursday_afternoon_to_a_monday_morning():
    assert (moment("Thu 2026-11-19 15:00"), moment("Mon 2026-11-23 10:30")) == OUTAGE
    assert [is_down(moment(each)) for each in ("Thu 2026-11-19 14:59", "Thu 2026-11-19 15:00")] == [False, True]
    assert [is_down(moment(each)) for each in ("Mon 2026-11-23 10:29", "Mon 2026-11-23 10:30")] == [True, False]


def test_the_play_ends_three_days_after_the_last_school_day():
    turns = list(instants([moment("Mon 2026-11-02 09:30").time()], since=FIRST, last=day("Fri 2026-11-06")))

    assert turns[0] == moment("Mon 2026-11-02 07:00")
    assert moment("Mon 2026-11-02 09:30") in turns
    assert turns[-1] == moment("Mon 2026-11-09 19:00")
    assert turns == sorted(turns)
    assert date(2026, 11, 10) not in {each.date() for each in turns}
