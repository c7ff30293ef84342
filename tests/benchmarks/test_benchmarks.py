"""Every benchmark runs at a small size through its own code; nothing here is about time."""

import gc
import json

import pytest

from benchmarks import __main__ as command
from benchmarks import (
    by_hand,
    child,
    cohort,
    conditions,
    deciding,
    facts,
    files,
    ingest,
    policy,
    pull,
    pull_wonde,
    reading,
    year,
)
from benchmarks.measuring import Measured, Work, in_turn, measured, ratio
from benchmarks.table import Row, Section, text
from mapping.codes import Meaning
from mapping.marks import YEAR_BYTES
from tests.builders import NATIONAL


@pytest.fixture(autouse=True, scope="module")
def small_heap():
    """Leave what other tests have made out of the collections between repeats."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def here(task, /, **given):
    """Do a task in this process, with all that goes in and out as JSON would carry it."""
    return json.loads(json.dumps(child.call(task, json.loads(json.dumps(given)))))


def names(section):
    return [(row.what, row.size) for row in section.rows]


def test_the_year_has_190_school_days_and_about_93_percent_attendance(tmp_path):
    cohort.write(tmp_path / "year", 500)
    marks = b"".join(cohort.read(tmp_path / "year"))
    attended = sum(map(marks.count, NATIONAL.bytes_of(Meaning.PRESENT, Meaning.APPROVED_EDUCATIONAL_ACTIVITY)))
    absent = sum(map(marks.count, NATIONAL.bytes_of(Meaning.AUTHORISED_ABSENCE, Meaning.UNAUTHORISED_ABSENCE)))

    assert len(cohort.CALENDAR.days) == 190
    assert len(marks) == 500 * YEAR_BYTES
    assert 0.92 < attended / (attended + absent) < 0.95


def test_the_same_seed_draws_the_same_pupils(tmp_path):
    cohort.write(tmp_path / "one", 50)
    cohort.write(tmp_path / "two", 50)

    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_nothing_is_recorded_before_a_pupils_start(tmp_path):
    cohort.write(tmp_path / "year", 38)
    late = list(policy.laid(tmp_path / "year"))[37]

    assert late.start > cohort.CALENDAR.days[0]
    assert late.marks.strip(b".")[:1] in {b"/", b"I"}
    assert late.marks.count(b"-") < 5


def test_facts_are_measured_beside_the_peers_that_are_installed(tmp_path):
    section = facts.section(tmp_path, [7], here)

    peers = [f"facts by {name}, {way}" for name in facts.installed() for way in facts.WAYS]
    assert [what for what, _ in names(section)] == ["facts", "decisions", "one pass", "mask laid", *peers]
    assert all(f"{name} is not installed" in text(section) for name in facts.WANTED.keys() - {*facts.installed()})


@pytest.mark.parametrize("peer", facts.WANTED)
def test_a_peer_that_gets_one_fact_wrong_is_found_out(peer, tmp_path, monkeypatch):
    pytest.importorskip(peer)
    monkeypatch.setattr(policy, "plain", lambda found: (found[0] + 1, 0, 0, 0, 0))

    with pytest.raises(AssertionError, match="7 of 7 pupils differ"):
        facts.compare(tmp_path, [7], here)


def test_a_file_is_read_beside_the_csv_reader_alone(tmp_path):
    section = files.section(tmp_path, 0.2, here)

    assert [what for what, _ in names(section)] == [files.CSV, files.READ, files.WHOLE]
    assert {rows for _, rows in names(section)} == {2_000}


def test_a_reader_that_loses_a_row_is_found_out(tmp_path):
    rows = files.write(str(tmp_path / "a.csv"), 0.1)

    with pytest.raises(AssertionError, match=f"{rows} rows were read instead of {rows + 1}"):
        files.read(str(tmp_path / "a.csv"), rows + 1)


def test_a_day_is_ingested_fresh_again_and_amended(tmp_path):
    section = ingest.section(tmp_path, [120], here)

    assert names(section) == [
        (what, 120) for what in ("fresh day", "same day again", "day with 1 % amended", "bare UPDATE")
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["year-of-120.marks"]


def test_the_days_that_are_ingested_are_what_they_are_called(tmp_path):
    path = facts.file_of(tmp_path, 120, here)
    ingest.prepare(str(path), str(tmp_path))

    with ingest.Store.open(tmp_path / "before.db") as store:
        fresh = ingest.ingest(store, ingest.DAYS["fresh day"](path))
        again = ingest.ingest(store, ingest.DAYS["same day again"](path))
        amended = ingest.ingest(store, ingest.DAYS["day with 1 % amended"](path))

    assert (fresh.new, fresh.amended, fresh.versions) == (240, 0, 2)
    assert (again.new, again.amended, again.versions) == (0, 0, 0)
    assert (amended.new, amended.amended, amended.versions) == (0, 4, 2)


def test_a_year_is_read_laid_and_decided(tmp_path):
    section = reading.section(tmp_path, [70], here)

    assert [what for what, _ in names(section)][:4] == ["read, warm", "masks laid", "day decided", "all three, warm"]
    assert "cold: " in text(section)


def test_a_file_that_was_just_read_can_be_told_from_one_that_was_forgotten(tmp_path):
    file = tmp_path / "file"
    file.write_bytes(bytes(1 << 20))
    if not reading.forget(file):
        pytest.skip("the page cache of this machine cannot be emptied, or not be looked into")
    file.read_bytes()

    with file.open("rb") as opened:
        assert reading.cached_pages(opened.fileno()) > 0


def test_a_pull_is_measured_beside_httpx_and_msgspec_on_the_same_pages(monkeypatch):
    monkeypatch.setattr(pull, "in_turn", lambda works, repeats: in_turn(works, repeats=1))
    section = pull.section([(30, 10)], here)

    assert names(section) == [("Arbor connector, 600 records", 30), ("httpx + msgspec, 600 records", 30)]


def test_a_pull_from_wonde_is_measured_the_same_way(monkeypatch):
    monkeypatch.setattr(pull_wonde, "in_turn", lambda works, repeats: in_turn(works, repeats=1))
    section = pull_wonde.section([(30, 10)], here)

    assert names(section) == [("Wonde connector, 600 marks", 30), ("httpx + msgspec, 600 marks", 30)]


def test_a_task_runs_in_a_process_of_its_own(tmp_path):
    child.run("facts:draw", path=str(tmp_path / "year"), pupils=3)

    assert (tmp_path / "year").stat().st_size == 3 * YEAR_BYTES
    with pytest.raises(child.ChildFailed, match="facts:marks: FileNotFoundError"):
        child.run("facts:marks", path=str(tmp_path / "nowhere"))


def test_every_repeat_gets_an_argument_of_its_own():
    given = iter(range(10))
    seen = []

    taken = measured(Work(seen.append, lambda: next(given)), repeats=3)

    assert seen == [0, 1, 2, 3]
    assert len(taken.seconds) == 3


def test_what_is_compared_is_done_turn_and_turn_about():
    done = []

    taken = in_turn({"one": Work(lambda: done.append(1)), "two": Work(lambda: done.append(2))}, repeats=2)

    assert done == [1, 2] * 3
    assert {name: len(each.seconds) for name, each in taken.items()} == {"one": 2, "two": 2}


def test_a_ratio_is_the_median_of_what_each_turn_says():
    assert ratio(Measured((2.0, 40.0, 3.0)), Measured((1.0, 10.0, 1.0))) == 3.0


def test_a_table_gives_median_spread_repeats_and_memory():
    row = Row(
        what="facts", size=30_000, measured=Measured((0.002, 0.004, 1.5), 3 << 20), each="5 ns a mark", ratio="2x"
    )

    printed = text(Section(title="Facts", rows=[row], notes=["a note"])).splitlines()

    assert printed[0] == "Facts"
    cells = [cell.strip() for cell in printed[4].split("  ") if cell]
    assert cells == ["facts", "30,000", "4.00 ms", "2.00 ms .. 1.50 s", "3", "5 ns a mark", "2x", "3.0 MiB"]
    assert printed[-1] == "  a note"


def test_a_benchmark_nobody_knows_is_refused_by_name():
    with pytest.raises(
        SystemExit,
        match=f"no benchmark is called queue: there are {', '.join(command.SECTIONS)}",
    ):
        command.main(["queue"])


def test_shipped_policies_are_measured_over_a_year_of_marks(tmp_path, monkeypatch):
    monkeypatch.setattr(year, "measured", lambda work, repeats: measured(work, repeats=1))
    section = year.section(tmp_path, [7], here)

    assert names(section) == [
        (f"{policy}, {what}", 7) for policy in year.POLICIES for what in ("last day", "the day before it", "every day")
    ]


def test_eighteen_conditions_are_measured_beside_a_function_by_hand_and_the_engines_that_are_installed(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(conditions, "_repeats", lambda _: 1)
    section = conditions.section(tmp_path, [120], here)

    engines = list(conditions.installed())
    assert [what for what, _ in names(section)] == [
        *(f"from marks: {what}" for what in ("our policy", "our policy, whole decisions", "by hand", *engines)),
        *(f"from facts: {what}" for what in ("our policy", "by hand", *engines)),
    ]
    assert all(f"{name} is not installed" in text(section) for name in conditions.ENGINES.keys() - {*engines})


def test_a_function_by_hand_that_forgets_a_rule_is_found_out(tmp_path, monkeypatch):
    monkeypatch.setattr(by_hand, "fired_on", lambda day: lambda pupil: [])

    with pytest.raises(AssertionError, match=r"fired: .* of 120 pupils differ"):
        conditions.section(tmp_path, [120], here)


def test_a_compiled_policy_that_forgets_a_rule_is_found_out(tmp_path, monkeypatch):
    monkeypatch.setattr(conditions, "compiled", lambda rules: lambda row, flags: [])

    with pytest.raises(AssertionError, match=r"our policy: .* of 120 pupils differ"):
        conditions.section(tmp_path, [120], here)


def test_a_day_of_decide_is_measured_with_what_it_came_to(tmp_path, monkeypatch):
    monkeypatch.setattr(deciding, "POLICIES", ("six-rules",))
    monkeypatch.setattr(deciding, "_repeats", lambda _: 1)
    section = deciding.section(tmp_path, [60], here)

    assert [what for what, _ in names(section)] == [
        f"{what}, six-rules" for what in ("an ordinary day", "folder read", "the worst day")
    ]
    assert "decisions about" in text(section)
