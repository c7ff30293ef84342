"""The names a platform uses: the first ones are no news, later ones are, and so is one that is gone or back."""

from tests.store.builders import MONDAY, SCHOOL, after

COLUMNS = (SCHOOL, "clm", "column")


def see(store, *names, at=MONDAY, is_first=False, where=COLUMNS):
    with store.transaction():
        store.names.see(where, dict.fromkeys(names, 3), at, is_first=is_first)


def miss(store, *names, at):
    with store.transaction():
        store.names.miss(COLUMNS, names, at)


def news(store, since=MONDAY, source="clm"):
    return [(each.name, each.gone_at is not None) for each in store.names.news(SCHOOL, source, since)]


def test_the_first_names_are_known_and_no_news(store):
    see(store, "Date", "UPN", is_first=True, at=after(hours=1))

    assert [(each.kind, each.name, each.rows) for each in store.names.of_school(SCHOOL, "clm")] == [
        ("column", "Date", 3),
        ("column", "UPN", 3),
    ]
    assert news(store) == []


def test_what_comes_later_is_news_since_then(store):
    see(store, "House", at=after(hours=1))

    assert news(store) == [("House", False)]
    assert news(store, since=after(hours=1)) == []


def test_what_goes_is_news_and_what_comes_back_is_too(store):
    see(store, "UPN", is_first=True)
    miss(store, "UPN", at=after(hours=1))
    assert news(store) == [("UPN", True)]

    see(store, "UPN", at=after(hours=2))
    assert news(store) == [("UPN", False)]


def test_the_names_of_one_platform_are_not_those_of_another(store):
    see(store, "House", at=after(hours=1), where=(SCHOOL, "arbor", "column"))

    assert (news(store), news(store, source="arbor")) == ([], [("House", False)])
