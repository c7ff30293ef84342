import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mapping.marks import BLANK_YEAR
from mapping.model import Half, Mark
from store.database import Store
from tests.builders import day, mark_list, session
from tests.builders import marks as strings
from tests.store.builders import MONDAY, SCHOOL, after, in_doubt, ingest, mark, register

AM, PM, TUESDAY = "Mon 2026-11-02 AM", "Mon 2026-11-02 PM", "Tue 2026-11-03 AM"


def tally(done):
    return {
        name: getattr(done, name)
        for name in ("marks", "new", "amended", "quarantined", "versions")
        if getattr(done, name)
    }


def test_a_fresh_register_is_recorded_whole(store):
    done = ingest(store, mark("p1", "/"), mark("p2", "N"), mark("p2", "O", PM))

    assert tally(done) == {"marks": 3, "new": 3, "versions": 2}
    assert done.changed == (("p1", day("Mon 2026-11-02")), ("p2", day("Mon 2026-11-02")))
    assert register(store, AM) == {"p1": "/", "p2": "N"}
    assert register(store, PM) == {"p2": "O"}


def test_the_same_register_again_writes_nothing(store):
    ingest(store, mark("p1", "/"), mark("p2", "N"), in_doubt(pupil_id="p3"), scope=[AM])
    before = store._connection.sqlite.total_changes

    done = ingest(
        store, mark("p1", "/"), mark("p2", "N"), in_doubt(pupil_id="p3"), scope=[AM], seen_at=after(minutes=10)
    )

    assert tally(done) == {"marks": 2, "quarantined": 1}
    assert (done.changed, done.retracted) == ((), ())
    assert store._connection.sqlite.total_changes == before


@pytest.mark.parametrize(
    ("brought", "expected", "left"),
    [
        pytest.param(
            [mark("p1", "O")], {"marks": 1, "amended": 1, "versions": 1}, {"p1": "O", "p2": "N"}, id="amended"
        ),
        pytest.param(
            [mark("p3", "/")],
            {"marks": 1, "new": 1, "versions": 1},
            {"p1": "/", "p2": "N", "p3": "/"},
            id="a pupil more",
        ),
        pytest.param(
            [mark("p1", "/"), mark("p1", "/")], {"marks": 2}, {"p1": "/", "p2": "N"}, id="the same mark twice"
        ),
        pytest.param(
            [mark("p3", "/"), mark("p3", "O")],
            {"marks": 2, "new": 1, "quarantined": 1, "versions": 1},
            {"p1": "/", "p2": "N", "p3": "?"},
            id="two different marks are neither",
        ),
        pytest.param(
            [mark("p1", "/"), mark("p1", "O"), mark("p1", "/")],
            {"marks": 3, "amended": 1, "quarantined": 1, "versions": 1},
            {"p1": "?", "p2": "N"},
            id="the last of three does not win",
        ),
        pytest.param(
            [in_doubt(pupil_id="p1")],
            {"amended": 1, "quarantined": 1, "versions": 1},
            {"p1": "?", "p2": "N"},
            id="an unknown code replaces a known one",
        ),
        pytest.param(
            [mark("p1", "O"), in_doubt(pupil_id="p1")],
            {"marks": 1, "amended": 1, "quarantined": 1, "versions": 1},
            {"p1": "?", "p2": "N"},
            id="a mark beside a row in doubt",
        ),
        pytest.param([in_doubt()], {"quarantined": 1}, {"p1": "/", "p2": "N"}, id="nobody knows whose row it is"),
        pytest.param(
            [in_doubt(at=None, pupil_id="p1")],
            {"quarantined": 1},
            {"p1": "/", "p2": "N"},
            id="nobody knows which session",
        ),
        pytest.param([], {}, {"p1": "/", "p2": "N"}, id="nothing"),
    ],
)
def test_a_later_pull_changes_what_it_says_and_nothing_else(store, brought, expected, left):
    ingest(store, mark("p1", "/"), mark("p2", "N"))

    assert tally(ingest(store, *brought, seen_at=after(hours=1))) == expected
    assert register(store) == left


def test_a_mark_that_the_source_no_longer_shows_stays_and_is_reported_once(store):
    ingest(store, mark("p1", "/"), mark("p2", "N"), scope=[AM])

    first = ingest(store, mark("p1", "/"), scope=[AM])
    again = ingest(store, mark("p1", "/"), scope=[AM])

    assert register(store) == {"p1": "/", "p2": "N"}
    assert (first.retracted, again.retracted) == ((("p2", session(AM)),), ())
    assert [(each.pupil_id, chr(each.byte)) for each in store.quarantine.retractions(SCHOOL)] == [("p2", "N")]


def test_a_mark_that_comes_back_is_no_longer_missing(store):
    ingest(store, mark("p1", "/"), mark("p2", "N"), scope=[AM])
    ingest(store, mark("p1", "/"), scope=[AM])

    ingest(store, mark("p1", "/"), mark("p2", "N"), scope=[AM])

    assert store.quarantine.retractions(SCHOOL) == []


def test_a_pull_of_some_marks_says_nothing_of_the_others(store):
    ingest(store, mark("p1", "/"), mark("p2", "N"))

    assert ingest(store, mark("p1", "/")).retracted == ()


def test_a_session_outside_the_pull_is_not_missed(store):
    ingest(store, mark("p1", "/"), mark("p1", "/", TUESDAY))

    assert ingest(store, scope=[AM]).retracted == (("p1", session(AM)),)


@pytest.mark.parametrize("sign", ["-", ".", "?"])
def test_a_pull_cannot_erase_a_mark(store, sign):
    ingest(store, mark("p1", "/"))

    with pytest.raises(ValueError, match=r"Mon 2 Nov 2026 AM: .* is no code"):
        ingest(store, mark("p1", sign))

    assert register(store) == {"p1": "/"}


def test_both_strokes_and_every_other_sign_come_back_as_they_went_in(store):
    signs = [chr(byte) for byte in range(33, 127) if chr(byte) not in "-.?"]
    ingest(store, *(mark(f"p{ord(sign)}", sign) for sign in signs))
    ingest(store, *(mark(f"p{ord(sign)}", sign, PM) for sign in signs))

    assert register(store, AM) == register(store, PM) == {f"p{ord(sign)}": sign for sign in signs}
    assert store.history.register_as_known(SCHOOL, session(PM), MONDAY) == {f"p{ord(s)}": ord(s) for s in signs}


@pytest.mark.parametrize("pupil_id", ["ß-Ωmega 学生 🙂", "p" * 5000, "a=b\nc,'\"\\", "0"])
def test_a_pupil_id_may_be_any_text(store, pupil_id):
    ingest(store, mark(pupil_id, "/"), in_doubt(pupil_id=pupil_id, at=PM))

    assert register(store) == {pupil_id: "/"}
    assert store.history.register_as_known(SCHOOL, session(PM), MONDAY) == {pupil_id: ord("?")}


def test_a_pull_over_the_summer_fills_both_school_years(store):
    ingest(store, mark("p1", "/", "Fri 2026-07-17 PM"), mark("p1", "L", "Wed 2026-09-02 AM"))

    assert store.registers.marks_of(SCHOOL, [2025, 2026]) == {
        "p1": strings("Fri 2026-07-17", "-/") | strings("Wed 2026-09-02", "L-")
    }


def test_the_first_and_the_last_session_of_a_leap_year_have_their_place(store):
    brought = [mark("p1", "/", "Tue 2023-08-01 AM"), mark("p1", "O", "Wed 2024-07-31 PM")]

    ingest(store, *brought)

    assert dict(store.registers.year_of_school(SCHOOL, 2023))["p1"] == b"/" + BLANK_YEAR[1:-1] + b"O"


def test_a_pupil_on_two_registers_has_a_string_at_each_school(store):
    ingest(store, mark("p1", "/"), school="riverside")
    ingest(store, mark("p1", "D"), school="hillside")

    assert register(store, school="riverside") == {"p1": "/"}
    assert register(store, school="hillside") == {"p1": "D"}
    assert sorted(school for school, _, _ in store.registers.all_of_year(2026)) == ["hillside", "riverside"]


def test_one_pupils_strings_are_read_by_year(store):
    ingest(store, *mark_list("p1", "Mon 2026-11-02", "/\\ NN"), mark("p2", "/"))

    assert store.registers.marks_of_pupil(SCHOOL, "p1") == strings("Mon 2026-11-02", "/\\ NN")
    assert store.registers.marks_of_pupil(SCHOOL, "p3") == {}


def test_a_register_that_was_not_taken_shows(store):
    ingest(store, mark("p1", "/"), mark("p2", "N"), in_doubt(pupil_id="p3"))

    assert store.registers.known(SCHOOL, day("Mon 2026-11-02")) == {Half.AM: 3, Half.PM: 0}
    assert store.registers.known("nobody", day("Mon 2026-11-02")) == {Half.AM: 0, Half.PM: 0}


def test_a_pupil_is_named_with_the_first_day_that_changed(store):
    done = ingest(store, mark("p1", "/", TUESDAY), mark("p2", "/", TUESDAY), mark("p1", "/", AM))

    assert done.changed == (("p1", day("Mon 2026-11-02")), ("p2", day("Tue 2026-11-03")))


PUPILS = st.sampled_from(["p1", "p2", "p3"])
SIGNS = st.sampled_from("/\\NOLC")
SESSIONS = st.sampled_from([session(at) for at in (AM, PM, TUESDAY, "Fri 2026-07-31 PM", "Mon 2026-08-03 AM")])
REGISTER = st.dictionaries(PUPILS, SIGNS, min_size=1)
STATES = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def pull(store, when, signs, minute):
    brought = [Mark(pupil_id=pupil, session=when, byte=ord(sign)) for pupil, sign in signs.items()]
    return ingest(store, *brought, seen_at=after(minutes=minute))


@STATES
@given(registers=st.dictionaries(SESSIONS, REGISTER), order=st.randoms(use_true_random=False))
def test_it_does_not_matter_in_which_order_registers_are_pulled(tmp_path_factory, registers, order):
    shuffled = list(registers.items())
    order.shuffle(shuffled)
    kept = []
    for pulls in (registers.items(), shuffled):
        with Store.open(tmp_path_factory.mktemp("order") / "relay.db") as store:
            for when, signs in pulls:
                pull(store, when, signs, 0)
            versions = store.history.versions(SCHOOL, day("Wed 2025-01-01"), day("Fri 2027-01-01"))
            digests = sorted((each.session, each.digest) for each in versions)
            kept.append((store.registers.marks_of(SCHOOL, [2025, 2026]), digests))

    assert kept[0] == kept[1]


@STATES
@given(pulls=st.lists(st.tuples(SESSIONS, REGISTER), max_size=12))
def test_the_strings_always_equal_the_latest_versions(tmp_path_factory, pulls):
    with Store.open(tmp_path_factory.mktemp("fold") / "relay.db") as store:
        for minute, (when, signs) in enumerate(pulls):
            pull(store, when, signs, minute)

        for year in (2025, 2026):
            folded = store.history.marks_as_known(SCHOOL, year, after(days=1))
            assert folded == dict(store.registers.year_of_school(SCHOOL, year))


@STATES
@given(pulls=st.lists(st.tuples(SESSIONS, REGISTER), min_size=1, max_size=8), minute=st.integers(0, 7))
def test_what_was_known_then_is_what_the_strings_were_then(tmp_path_factory, pulls, minute):
    then = {}
    with Store.open(tmp_path_factory.mktemp("then") / "relay.db") as store:
        for passed, (when, signs) in enumerate(pulls):
            pull(store, when, signs, passed)
            if passed <= minute:
                then = dict(store.registers.year_of_school(SCHOOL, 2026))

        assert store.history.marks_as_known(SCHOOL, 2026, after(minutes=minute)) == then
