"""What a platform names otherwise than before is said once, with what it costs, and nothing is said the first time."""

import pytest

from app.alerts.things import things
from app.drift import drift
from app.status import status
from mapping.model import Pulled, SourceMark
from tests.builders import session

MONDAY, TUESDAY = "Mon 2026-11-02", "Tue 2026-11-03"


class Shows:
    """A platform that answers each pull with the codes, columns and session words it is given."""

    def __init__(self, *pulls):
        self.pulls = list(pulls)

    def pull(self, window, *, seen):
        given = self.pulls.pop(0)
        marks = [
            SourceMark(who, session(f"{window.last:%a %Y-%m-%d} AM"), code, "week.csv row 2")
            for who, code in given.get("marks", {"4001": "/"}).items()
        ]
        names = {name: given[name] for name in ("columns", "sessions") if name in given}
        return Pulled(marks=tuple(marks), first=window.first, last=window.last, **names)

    def committed(self):
        pass

    def close(self):
        pass


def shown(stand, *pulls):
    """Pull on Monday and each day after; return the remarks of each pull."""
    stand.relay._connectors["lane"] = Shows(*pulls)
    return [stand.pulled(f"{name} 15:45").remarks for name in (MONDAY, TUESDAY, "Wed 2026-11-04")[: len(pulls)]]


def news(stand):
    return [each.says for each in drift(stand.relay, stand.relay.sites["lane"])]


def test_the_first_pull_is_what_later_ones_are_compared_with(stand):
    everything = {"marks": {"4001": "/", "4002": "Q9"}, "columns": ("Mark",), "sessions": {"AM": 2}}

    assert shown(stand, everything, everything) == [(), ()]
    assert news(stand) == []


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        pytest.param(
            {},
            {"marks": {"4001": "/", "4002": "Q9"}},
            ("new code 'Q9', held until codes/clm-dfe.csv has it: 1 mark of 1 pupil",),
            id="a code that no table has",
        ),
        pytest.param({}, {"marks": {"4001": "I"}}, (), id="a code that the table has is no news"),
        pytest.param(
            {"columns": ("Date", "UPN")},
            {"columns": ("Date", "Pupil UPN")},
            ("column 'Pupil UPN' is new: compare the profile", "column 'UPN' is gone: compare the profile"),
            id="a column that is called otherwise",
        ),
        pytest.param({"columns": ("Date",)}, {}, (), id="a pull that tells no columns"),
        pytest.param(
            {"sessions": {"AM": 9}},
            {"sessions": {"AM": 9, "Twilight": 40}},
            ("new session word 'Twilight': 40 rows carry it, left out unless the profile's [sessions] name it",),
            id="a new word for a session",
        ),
        pytest.param({"sessions": {"AM": 9, "PM": 9}}, {"sessions": {"AM": 9}}, (), id="nobody was there after noon"),
    ],
)
def test_what_is_new_is_said_by_the_pull_that_brings_it_and_no_other(stand, before, after, says):
    first, then, again = shown(stand, before, after, after)

    assert (first, sorted(then), again) == ((), sorted(says), ())
    assert len(news(stand)) == len(says)


def test_a_new_code_is_news_until_the_table_has_it(stand):
    shown(stand, {}, {"marks": {"4001": "/", "4002": "Q9"}})
    assert [each["what"] for each in status(stand.relay)["drift"]] == news(stand) != []

    (stand.operator / "codes").mkdir()
    (stand.operator / "codes" / "clm-dfe.csv").write_text("symbol,code\n/,/\nQ9,D\n")
    stand.reread()

    assert news(stand) == []


def test_what_is_new_is_news_for_two_weeks(stand):
    shown(stand, {"columns": ("Date",)}, {"columns": ("Date", "House")})

    assert len(news(stand.at("Mon 2026-11-16 15:45"))) == 1
    assert news(stand.at("Wed 2026-11-18 15:45")) == []


def test_the_admins_are_told_of_a_change_under_one_key(stand):
    shown(stand, {}, {"marks": {"4001": "/", "4002": "Q9"}})
    of_source = [each for each in things(stand.relay) if "new code" in each.what]
    later = [each for each in things(stand.at("Wed 2026-11-04 09:00").relay) if "new code" in each.what]

    assert [each.what for each in of_source] == [
        "school lane: new code 'Q9', held until codes/clm-dfe.csv has it: 1 mark of 1 pupil"
    ]
    assert of_source == later


def test_the_admins_are_told_of_each_pupil_whom_no_link_knows(stand):
    shown(stand, {"marks": {"4001": "/", "77": "/", "78": "/"}})

    assert [(each.key, each.what) for each in things(stand.relay) if each.key.startswith("unmatched")] == [
        (
            "unmatched/lane/77/2026-11-02T15:45:00+00:00",
            "school lane: pupils of the platform whom no link knows, see `crosswalk list`",
        ),
        (
            "unmatched/lane/78/2026-11-02T15:45:00+00:00",
            "school lane: pupils of the platform whom no link knows, see `crosswalk list`",
        ),
    ]


def test_a_shifted_column_is_not_twenty_thousand_news(stand):
    shown(stand, {}, {"marks": {str(4000 + number): f"word {number}" for number in range(1, 60)} | {"4001": "/"}})

    assert len(news(stand)) == 20


def test_another_platform_begins_anew(stand):
    """Everything is called otherwise there: that is no drift."""
    shown(stand, {"columns": ("Date",)})
    lines = '  folder         = "{folder}/drop"\n  settle_seconds = 0\n'
    stand.toml = stand.toml.replace('platform = "clm"', 'platform = "class_charts"')
    stand.toml = stand.toml.replace(lines, '  address = "https://charts.example/export.csv"\n')
    stand.reread()

    assert shown(stand.at(f"{TUESDAY} 09:00"), {"columns": ("Day", "House")}) == [()]
