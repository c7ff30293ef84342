"""The fired-once memory: whatever happens to marks, messages or the file itself, nothing is said twice under another id."""

import shutil
from datetime import date

import pytest

from tests.app.builders import Stand


def told(stand):
    return sorted((each.id, each.kind, each.destination, each.address) for each in stand.messages("notice", "alert"))


def tasks(stand):
    decisions = stand.store.cases.of_school("lane")
    return sorted(task.id for each in decisions for task in stand.store.tasks.of_decision(each.id))


def weeks(stand):
    stand.live("Mon 2026-11-02", p1="NN*5", p2=r"/\*5")
    with stand.receiving():
        stand.deliver()


def known(stand):
    return stand.decisions(), told(stand), tasks(stand)


def again(stand, at="Fri 2026-11-06 17:00"):
    """Have everything of the week looked at again."""
    with stand.store.transaction():
        stand.store.intake.add("lane", [("p1", date(2026, 11, 2)), ("p2", date(2026, 11, 2))])
    return stand.judged(at)


def test_after_the_messages_are_scrubbed_nothing_is_sent_again(stand):
    weeks(stand)
    before = known(stand)
    with stand.store.transaction():
        stand.store._connection.write("DELETE FROM message_payload")

    again(stand)

    assert known(stand) == before


def test_after_the_mark_strings_are_purged_and_pulled_again_nothing_is_decided_anew(stand):
    weeks(stand)
    before = known(stand)
    with stand.store.transaction():
        stand.store._connection.write("DELETE FROM mark_string")

    stand.drop("Mon 2026-11-02", p1="NN*5", p2=r"/\*5")
    stand.pulled("Sat 2026-11-07 15:45")
    stand.judged("Sat 2026-11-07 16:00")

    assert known(stand) == before


def test_marks_that_were_purged_take_nothing_back(stand):
    weeks(stand)
    before = known(stand)
    with stand.store.transaction():
        stand.store._connection.write("DELETE FROM mark_string")

    assert again(stand).withdrawn == 0
    assert known(stand) == before


def test_what_changed_before_the_marks_that_are_kept_is_not_judged_again(stand):
    weeks(stand)
    with stand.store.transaction():
        stand.store.intake.add("lane", [("p1", date(2023, 10, 2))])

    assert stand.judged("Fri 2026-11-06 17:00").problem is None
    assert stand.store.intake.to_judge("lane") == {}


def test_a_day_judged_after_a_purge_says_nothing_of_what_was_said(stand):
    weeks(stand)
    before = known(stand)
    with stand.store.transaction():
        stand.store._connection.write("DELETE FROM mark_string")

    stand.live("Mon 2026-11-09", p1=r"/\ ".strip(), p2=r"/\ ".strip())

    assert known(stand)[:2] == before[:2]


def test_yesterdays_copy_of_the_file_decides_the_same_with_the_same_ids(stand, tmp_path):
    """Whoever received it can throw the second copy away, because it is the same message."""
    stand.live("Mon 2026-11-02", p1="NN*4", p2=r"/\*4")
    database, copy = stand.settings.database, tmp_path / "yesterday.db"
    stand.close()
    shutil.copy(database, copy)
    stand.live("Fri 2026-11-06", p1="NN", p2=r"/\ ".strip())
    before = known(stand)

    stand.close()
    for leftover in database.parent.glob("relay.db*"):
        leftover.unlink()
    shutil.copy(copy, database)
    stand.drop("Fri 2026-11-06", p1="NN", p2=r"/\ ".strip())
    stand.pulled("Sat 2026-11-07 15:45")
    stand.judged("Sat 2026-11-07 16:00")

    assert known(stand)[:2] == before[:2]


def test_a_new_start_decides_nothing_anew(stand):
    weeks(stand)
    before = known(stand)
    stand.close()

    assert again(stand).decided == {}
    assert known(stand) == before


@pytest.mark.parametrize("times", [1, 3])
def test_the_operators_files_forgotten_and_read_as_if_for_the_first_time_change_nothing(stand, times):
    weeks(stand)
    before = known(stand)
    with stand.store.transaction():
        for table in ("placement", "contact", "link", "recorded_event", "hold", "policy_in_force"):
            stand.store._connection.write(f"DELETE FROM {table}")
        stand.store._connection.write("DELETE FROM meta WHERE key LIKE 'calendar/%'")

    for _ in range(times):
        assert stand.judged("Fri 2026-11-06 17:00").decided == {}
    assert known(stand) == before


def test_a_redeployed_relay_on_the_same_file_goes_on_where_it_was(tmp_path):
    first = Stand(tmp_path)
    weeks(first)
    before = known(first)
    first.close()
    second = Stand(tmp_path)
    second.clock.instant = first.clock.instant

    again(second)

    assert known(second) == before
    second.close()
