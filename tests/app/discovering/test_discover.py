"""`discover`: what is shown of a platform, what is proposed of it, and that no file of an admin's is touched."""

import csv

import pytest

from app.discovering.looking import discover
from app.discovering.proposed import write
from connectors.base import Malformed, Window
from connectors.offered import Offered, OfferedCode, OfferedPlacement, OfferedSchool
from mapping.model import Half
from tests.app.builders import placement
from tests.builders import CANARY, day, upn

MONDAY = "Mon 2026-11-02"
WINDOW = Window(first=day("Mon 2026-10-19"), last=day("Fri 2026-11-06"))


class Offers:
    """A platform that offers what it is given."""

    def __init__(self, **given):
        self.offered = Offered(**{"codes": (), "pupils": 0} | given)

    def discover(self, window, *, seen):
        return self.offered

    def close(self):
        pass


def found(stand, **offers):
    if offers:
        stand.relay._connectors["lane"] = Offers(**offers)
    return discover(stand.relay, stand.relay.sites["lane"], WINDOW)


def own_table(stand, text, name="clm-dfe"):
    (stand.write() / "codes").mkdir(exist_ok=True)
    path = stand.operator / "codes" / f"{name}.csv"
    path.write_bytes(text.encode())
    return path


def local(stand, **changes):
    """Let the provider use symbols of its own, whatever the national ones are."""
    stand.toml = stand.toml.replace('codes    = "clm-dfe"\n', "")
    path = stand.drop(MONDAY, p1="//", p2="//")
    text = path.read_text()
    for old, new in changes.items():
        text = text.replace(old, new)
    path.write_text(text)
    return path


def test_what_a_file_shows_is_held_against_the_table_and_the_roll(stand):
    stand.placements.append(placement("p3", 77))
    path = stand.drop(MONDAY, p1="N/", p2="/-", p3="//")
    stand.placements.pop()
    path.write_text(path.read_text().replace(",AM,N", ",AM,O*"))

    seen = found(stand)

    assert (seen.offered.first, seen.offered.last, seen.offered.pupils, seen.matched) == (
        day(MONDAY),
        day(MONDAY),
        3,
        2,
    )
    assert [(each.symbol, each.marks, each.table) for each in seen.codes] == [("/", 4, "/"), ("O*", 1, None)]
    assert dict(seen.offered.sessions) == {"AM": 3, "PM": 2}
    assert path.exists()
    assert stand.store.runs.watermark("lane") is None


def test_an_admin_without_a_table_goes_from_nothing_to_a_pull_that_is_believed(stand):
    """The provider writes O for attended and A for absent: no shipped table may know that."""
    local(stand, **{",AM,/": ",AM,O", ",PM,/": ",PM,A"})
    assert stand.pulled(f"{MONDAY} 15:45").problem.startswith("every one of 4 rows was quarantined")
    local(stand, **{",AM,/": ",AM,O", ",PM,/": ",PM,A"})

    [proposed] = found(stand).proposed
    [path] = write(stand.operator, [proposed])
    assert (proposed.name, proposed.then) == (
        "codes/lane.csv",
        'then write codes = "lane" below this [[school]] in relay.toml',
    )
    # The admin asks the school and fills in what it answers.
    path.write_text(path.read_text().replace("O,,", "O,/,").replace("A,,", "A,N,"))
    stand.toml = stand.toml.replace('calendar = "autumn"\n', 'calendar = "autumn"\ncodes = "lane"\n', 1)
    stand.reread()
    pulled = stand.pulled("Tue 2026-11-03 09:30")

    assert (pulled.problem, pulled.quarantined) == (None, 0)
    assert stand.register(f"{MONDAY} AM") == {"p1": "/", "p2": "/"}
    assert stand.register(f"{MONDAY} PM") == {"p1": "N", "p2": "N"}
    assert stand.store.quarantine.counts() == {}


def test_a_proposed_table_is_a_difference_that_asks_the_school(stand):
    local(stand, **{",PM,/": ",PM,O"})

    [proposed] = found(stand).proposed

    assert proposed.diff.splitlines()[-2:] == [
        " -,not_a_mark,Placeholder for a register not taken",
        "+O,,2 marks; ask the school",
    ]
    assert proposed.diff.splitlines()[:2] == ["--- shipped codes/clm.csv", "+++ codes/lane.csv"]


def test_a_table_with_a_symbol_that_waits_for_an_answer_is_fit_to_use(stand):
    """Nothing is guessed: the rows of the symbol are held, and the folder says which one is still to be asked."""
    local(stand, **{",PM,/": ",PM,O"})
    write(stand.operator, found(stand).proposed)
    stand.toml = stand.toml.replace('calendar = "autumn"\n', 'calendar = "autumn"\ncodes = "lane"\n', 1)
    stand.reread()

    pulled = stand.pulled(f"{MONDAY} 15:45")

    assert (pulled.new, pulled.quarantined) == (4, 2)
    assert [str(each) for each in stand.relay.operator.warnings if "has no code yet" in str(each)] == [
        "codes/lane.csv: row 16: code: the symbol 'O' has no code yet, and its marks are held: ask the school"
    ]
    assert found(stand, codes=(OfferedCode(symbol="O", marks=2),)).proposed == []


@pytest.mark.parametrize(
    ("code", "row"),
    [
        pytest.param(
            OfferedCode(symbol="EDU", marks=3, label="Off site", proposal="B", because="its letter is B"),
            "EDU,B,Off site; 3 marks; proposed: its letter is B",
            id="the platform's own list says which code it is",
        ),
        pytest.param(
            OfferedCode(symbol="N", marks=1, label="Not, yet known"),
            'N,,"Not, yet known; 1 mark; ask the school"',
            id="a symbol alone proposes nothing, even where it looks like a code",
        ),
        pytest.param(
            OfferedCode(symbol="X9", marks=1, proposal="XX"),
            "X9,,1 mark; ask the school",
            id="what is proposed is no national code",
        ),
        pytest.param(
            OfferedCode(symbol="Q", proposal="not_a_mark", because="it is a placeholder"),
            "Q,not_a_mark,0 marks; proposed: it is a placeholder",
            id="no mark carries it, and the platform says what it is",
        ),
    ],
)
def test_a_code_is_proposed_where_the_platform_says_which(stand, code, row):
    own_table(stand, "symbol,code,notes\n/,/,\n")

    [proposed] = found(stand, codes=(code, OfferedCode(symbol="unused"))).proposed

    assert proposed.text == f"symbol,code,notes\n/,/,\n{row}\n"
    assert proposed.then == ""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("symbol,code\n/,/", "symbol,code\n/,/\nO,\n", id="no notes, and no end of line"),
        pytest.param("code;symbol\r\n/;/\r\n", "code;symbol\r\n/;/\r\n;O\r\n", id="as a spreadsheet saved it"),
    ],
)
def test_new_symbols_are_added_in_the_manner_of_the_file(stand, before, after):
    own_table(stand, before)

    [proposed] = found(stand, codes=(OfferedCode(symbol="O", marks=1),)).proposed

    assert proposed.text == after


def test_no_file_is_ever_replaced_and_then_none_is_written(stand, tmp_path):
    own = own_table(stand, "symbol,code\n/,/\n")
    proposed = found(stand, codes=(OfferedCode(symbol="O", marks=1),)).proposed

    with pytest.raises(FileExistsError, match=r"clm-dfe\.csv"):
        write(stand.operator, [*proposed])

    assert own.read_text() == "symbol,code\n/,/\n"
    assert [path.name for path in write(tmp_path / "elsewhere", proposed)] == ["clm-dfe.csv"]


def test_a_file_with_other_columns_gets_a_profile_that_reads_it(stand):
    path = stand.drop(MONDAY, p1="//", p2="//")
    rows = list(csv.reader(path.read_text().splitlines()))
    rows[0] = ["Learner Reference", "UPN", "Surname", "Forename", "Mark Date", "Session", "Marks"]
    path.write_text("\n".join(",".join(row[:7]) for row in rows) + "\n")

    seen = found(stand)
    [proposed] = seen.proposed

    assert seen.offered.columns == tuple(rows[0])
    assert [line for line in proposed.diff.splitlines() if line.startswith(("+", "-"))][3:] == [
        '-platform_id  = "Learner Ref"',
        '+platform_id  = "Learner Reference"',
        '-date         = "Date"',
        '+date         = "Mark Date"',
        '-code         = "Mark"',
        '-minutes_late = "Minutes Late" # delete this line where the file has no such column',
        '+code         = "Marks"',
        '+# minutes_late = "Minutes Late" # the file has no column like it',
    ]
    write(stand.operator, [proposed])
    stand.toml = stand.toml.replace("settle_seconds = 0", 'settle_seconds = 0\n  profile = "lane"')
    stand.reread()
    assert stand.pulled(f"{MONDAY} 15:45").new == 4


def test_a_file_that_is_no_table_of_marks_shows_nothing_of_it(stand):
    path = stand.drop(MONDAY, p1="//")
    path.write_text("\n".join(path.read_text().splitlines()[1:]))

    with pytest.raises(Malformed, match="names every column of the profile") as refused:
        found(stand)

    assert CANARY[0] not in str(refused.value)


def test_schools_columns_and_remarks_are_passed_on(stand):
    seen = found(
        stand,
        schools=(OfferedSchool(ref="A1", name="The Lane"),),
        remarks=("the permission students.read is missing: the roll is not known",),
        pupils=30,
    ).as_json()

    assert (seen["schools"], seen["pupils"], seen["matched"]) == ([{"ref": "A1", "name": "The Lane"}], 30, None)
    assert seen["remarks"] == ("the permission students.read is missing: the roll is not known",)


TUESDAYS = frozenset({(1, Half.AM)})


@pytest.mark.parametrize(
    ("offered", "expected", "says"),
    [
        pytest.param({"start": day("Mon 2026-10-19")}, "", [], id="the same"),
        pytest.param(
            {"start": day("Tue 2026-10-20")},
            "",
            ["begins on 2026-10-20 there, on 2026-10-19 in placements.csv"],
            id="another first day",
        ),
        pytest.param(
            {"end": day("Fri 2026-11-06")},
            "",
            ["ends on 2026-11-06 there, on no day in placements.csv"],
            id="an end that the file does not have",
        ),
        pytest.param(
            {"expected": TUESDAYS},
            "Mon AM;Mon PM",
            ["1 sessions a week there, not the 2 of placements.csv"],
            id="another timetable",
        ),
        pytest.param({"sessions_per_week": 2}, "Mon AM;Mon PM", [], id="as many sessions"),
        pytest.param(
            {"sessions_per_week": 5},
            "Mon AM;Mon PM",
            ["5 sessions a week there, 2 in placements.csv"],
            id="more sessions",
        ),
    ],
)
def test_a_placement_that_the_platform_holds_otherwise_is_said(build, offered, expected, says):
    stand = build(pupils={"p1": {"expected": expected}})

    seen = found(stand, placements=(OfferedPlacement(platform_id="4001", **offered),))

    assert [(each.pupil_id, each.says) for each in seen.placements] == [("p1", said) for said in says]


def test_a_placement_that_no_file_has_is_said_by_its_id(stand):
    seen = found(stand, placements=(OfferedPlacement(platform_id="4777"),))

    assert [(each.platform_id, each.pupil_id, each.says) for each in seen.placements] == [
        ("4777", None, "placements.csv has no such platform_id")
    ]


def test_pupils_count_as_known_by_upn_or_by_an_approved_link(stand):
    who = frozenset({("4001", None), ("new", upn(2)), ("77", None)})

    assert found(stand, who=who, first=day(MONDAY), last=day(MONDAY)).matched == 2
