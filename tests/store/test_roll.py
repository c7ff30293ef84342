from dataclasses import replace
from datetime import date

from mapping.identity import Link
from store.roll import Contact, Placement
from store.snapshots import Synced
from tests.builders import CANARY
from tests.store.builders import MONDAY, SCHOOL, after

PLACEMENT = Placement(
    school=SCHOOL,
    pupil_id="p1",
    start=date(2026, 9, 1),
    end=None,
    details={"surname": CANARY[0], "commissioner": "Ysgol Ŵy", "flags": ["send"]},
)
CONTACT = Contact(
    organisation="331", role="cme", channel="coventry", address="cme@example.invalid", details={"agreed": "2026-09-01"}
)
LINK = Link(pupil_id="p1", platform_id="900411", upn=None, start=date(2026, 9, 1))


def sync(store, *placements, source="files", at=MONDAY):
    with store.transaction():
        return store.roll.sync_placements(source, placements, at)


def test_placements_are_read_as_they_were_given(store):
    earlier = replace(PLACEMENT, start=None, end=date(2026, 7, 17))

    assert sync(store, PLACEMENT, earlier, replace(PLACEMENT, school="hillside")) == Synced(added=3)
    assert store.roll.placements(SCHOOL) == [earlier, PLACEMENT]
    assert len(store.roll.placements_of("p1")) == 3


def test_the_same_snapshot_again_writes_nothing(store):
    sync(store, PLACEMENT)
    before = store._connection.sqlite.total_changes

    assert sync(store, PLACEMENT, at=after(days=1)) == Synced()
    assert store._connection.sqlite.total_changes == before


def test_only_what_differs_is_written(store):
    other = replace(PLACEMENT, pupil_id="p2")
    sync(store, PLACEMENT, other, replace(PLACEMENT, pupil_id="p3"))

    moved = replace(PLACEMENT, end=date(2026, 12, 18))
    assert sync(store, moved, other, replace(PLACEMENT, pupil_id="p4")) == Synced(added=1, changed=1, gone=1)
    assert [each.pupil_id for each in store.roll.placements(SCHOOL)] == ["p1", "p2", "p4"]
    assert store.roll.placements_of("p1") == [moved]


def test_a_row_that_is_gone_is_kept_out_of_sight_and_may_come_back(store):
    sync(store, PLACEMENT)
    sync(store, at=after(days=1))
    assert store.roll.placements(SCHOOL) == []
    assert store._connection.rows("SELECT count(*) FROM placement") == [(1,)]

    assert sync(store, PLACEMENT, at=after(days=2)) == Synced(added=1)
    assert store.roll.placements(SCHOOL) == [PLACEMENT]


def test_one_source_does_not_take_anothers_rows_away(store):
    sync(store, PLACEMENT, source="files")

    assert sync(store, source="arbor") == Synced()
    assert store.roll.placements(SCHOOL) == [PLACEMENT]


def test_contacts_are_found_by_organisation_and_role(store):
    school = replace(CONTACT, organisation="123456", role="home_school")
    with store.transaction():
        assert store.roll.sync_contacts("files", [CONTACT, school], MONDAY) == Synced(added=2)

    assert store.roll.contacts("331", "cme") == [CONTACT]
    assert store.roll.contacts(role="home_school") == [school]
    assert store.roll.contacts("331", "home_school") == []
    assert store.roll.contacts() == [school, CONTACT]


def test_the_crosswalk_of_a_school_is_its_own(store):
    upn = Link(pupil_id="p1", upn="H801200001001", end=date(2026, 8, 31))
    with store.transaction():
        store.roll.sync_links("files", {SCHOOL: [LINK, upn], "hillside": [LINK]}, MONDAY)
        assert store.roll.sync_links("files", {SCHOOL: [LINK]}, after(days=1)) == Synced(gone=2)

    assert store.roll.links(SCHOOL) == [LINK]
    assert store.roll.links("hillside") == []


def test_counts_of_several_snapshots_add_up():
    assert Synced(added=1, gone=2) + Synced(added=1, changed=3) == Synced(added=2, changed=3, gone=2)
