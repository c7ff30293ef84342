"""Whose mark it is: UPNs are checked, links hold between dates, and nobody is ever guessed."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapping.identity import (
    LETTERS,
    Crosswalk,
    Link,
    Unmatched,
    UpnStatus,
    check_letter,
    extended,
    likeness,
    upn_status,
)
from mapping.model import SourcePupil
from tests.builders import day, upn

#: UPN, weighted sum of its characters 2 to 13, the sum mod 23, and the letter that stands for it.
VECTORS = [
    ("B801200005001", 93, 1, "B", UpnStatus.PERMANENT),
    ("A123456789012", 368, 0, "A", UpnStatus.PERMANENT),
    ("A950000178301", 230, 0, "A", UpnStatus.PERMANENT),
    ("H243278544154", 375, 7, "H", UpnStatus.PERMANENT),
    ("X845212818005", 296, 20, "X", UpnStatus.PERMANENT),
    ("A801200005001", 93, 1, "B", UpnStatus.INVALID),
    ("B123456789012", 368, 0, "A", UpnStatus.INVALID),
    ("R247962919251", 405, 14, "Q", UpnStatus.INVALID),
    ("X428558133462", 364, 19, "W", UpnStatus.INVALID),
    ("R331400026001", 130, 15, "R", UpnStatus.PERMANENT),
    ("F937400026001", 166, 5, "F", UpnStatus.PERMANENT),
    ("H860400026001", 145, 7, "H", UpnStatus.PERMANENT),
    ("F33100002600A", 97, 5, "F", UpnStatus.TEMPORARY),
    ("F93700002600Z", 419, 5, "F", UpnStatus.TEMPORARY),
    ("C86000002600M", 255, 2, "C", UpnStatus.TEMPORARY),
]


@pytest.mark.parametrize(("text", "total", "remainder", "letter", "status"), VECTORS, ids=[row[0] for row in VECTORS])
def test_the_check_letter_of_a_upn(text, total, remainder, letter, status):
    assert check_letter(text[1:]) == letter == LETTERS[remainder] == LETTERS[total % 23]
    assert upn_status(text) is status


def test_23_letters_stand_for_the_remainders_and_i_o_and_s_are_not_among_them():
    assert len(LETTERS) == 23
    assert set("ABCDEFGHIJKLMNOPQRSTUVWXYZ") - set(LETTERS) == set("IOS")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("R", id="one letter"),
        pytest.param("R33140002600", id="a character short"),
        pytest.param("R3314000260011", id="a character long"),
        pytest.param("r331400026001", id="a small letter"),
        pytest.param(" R331400026001", id="a space before"),
        pytest.param("R33140002600 ", id="a space at the end"),
        pytest.param("R3314A0026001", id="a letter in the middle"),
        pytest.param("F33100002600I", id="I is not used"),
        pytest.param("F33100002600O", id="O is not used"),
        pytest.param("F33100002600S", id="S is not used"),
        pytest.param("F33100002600a", id="a small last letter"),
        pytest.param("R33140002600١", id="a digit that is not ASCII at the end"),
        pytest.param("R٣٣١400026001", id="digits that are not ASCII"),
        pytest.param("UN1", id="unknown, with its reason"),
        pytest.param("1331400026001", id="a digit in front"),
    ],
)
def test_what_is_no_upn_is_invalid(text):
    assert upn_status(text) is UpnStatus.INVALID


@pytest.mark.parametrize("rest", ["", "33140002600", "3314000260011", "3314A0026001", "33140002600S"])
def test_no_check_letter_is_made_for_what_cannot_be_a_upn(rest):
    with pytest.raises(ValueError, match="a UPN "):
        check_letter(rest)


@pytest.mark.parametrize("la", [839, 940, 941, 999])
def test_a_upn_of_an_authority_nobody_listed_is_valid(la):
    assert upn_status(upn(1, la=la)) is UpnStatus.PERMANENT


@given(st.integers(0, 10**12 - 1), st.integers(1, 12), st.integers(1, 9))
def test_one_digit_typed_wrong_is_always_noticed(number, at, slip):
    rest = f"{number:012}"
    right = check_letter(rest) + rest
    wrong = right[:at] + str((int(right[at]) + slip) % 10) + right[at + 1 :]

    assert upn_status(right) is UpnStatus.PERMANENT
    assert upn_status(wrong) is UpnStatus.INVALID


@given(st.integers(0, 10**11 - 1), st.sampled_from(LETTERS))
def test_a_upn_with_a_final_letter_is_temporary(number, last):
    rest = f"{number:011}{last}"

    assert upn_status(check_letter(rest) + rest) is UpnStatus.TEMPORARY


# The crosswalk --------------------------------------------------------------------------------------------------------

TEMPORARY, PERMANENT, OTHER = "F33100002600A", "R331400026001", "F937400026001"
MONDAY = day("Mon 2026-11-02")

ONE_CHILD = (
    Link(pupil_id="P1", upn=TEMPORARY, end=day("Fri 2026-10-23")),
    Link(pupil_id="P1", upn=PERMANENT, start=day("Mon 2026-11-02")),
)
REUSED_ID = (
    Link(pupil_id="P1", platform_id="77", start=day("Tue 2025-09-02"), end=day("Wed 2026-07-22")),
    Link(pupil_id="P2", platform_id="77", start=day("Wed 2026-09-02")),
)


@pytest.mark.parametrize(
    ("links", "platform_id", "given_upn", "text", "pupil_id"),
    [
        pytest.param(ONE_CHILD, "77", TEMPORARY, "Fri 2026-10-23", "P1", id="last day of the temporary UPN"),
        pytest.param(ONE_CHILD, "77", PERMANENT, "Mon 2026-11-02", "P1", id="first day of the permanent UPN"),
        pytest.param(REUSED_ID, "77", None, "Wed 2026-07-22", "P1", id="last day of the leaver"),
        pytest.param(REUSED_ID, "77", None, "Wed 2026-09-02", "P2", id="first day of the child given the same id"),
        pytest.param(REUSED_ID, "77", "", "Wed 2026-09-02", "P2", id="an empty UPN is no UPN"),
        pytest.param(
            (*REUSED_ID, Link(pupil_id="P3", upn=OTHER)), "77", OTHER, "Wed 2026-09-02", "P3", id="the UPN decides"
        ),
        pytest.param(
            (Link(pupil_id="P1", platform_id="77"), Link(pupil_id="P1", platform_id="77", start=MONDAY)),
            "77",
            None,
            "Mon 2026-11-02",
            "P1",
            id="two links that agree",
        ),
        pytest.param((Link(pupil_id="P1", upn=PERMANENT),), "new", PERMANENT, "Mon 2026-11-02", "P1", id="open dates"),
    ],
)
def test_a_row_finds_its_pupil(links, platform_id, given_upn, text, pupil_id):
    assert Crosswalk(links).resolve(platform_id, given_upn, day(text)) == pupil_id


@pytest.mark.parametrize(
    ("links", "given_upn", "text", "reason"),
    [
        pytest.param((), None, "Mon 2026-11-02", "platform id '77' stands for no pupil on 2026-11-02", id="unknown id"),
        pytest.param((), PERMANENT, "Mon 2026-11-02", "no pupil holds the UPN of platform id '77'", id="unknown UPN"),
        pytest.param(
            ONE_CHILD, TEMPORARY, "Mon 2026-11-02", "no pupil holds the UPN", id="temporary UPN after its end"
        ),
        pytest.param(
            ONE_CHILD, PERMANENT, "Fri 2026-10-23", "no pupil holds the UPN", id="permanent UPN before its start"
        ),
        pytest.param(REUSED_ID, None, "Mon 2026-08-03", "stands for no pupil on 2026-08-03", id="between two children"),
        pytest.param(
            (REUSED_ID[0], replace(REUSED_ID[1], start=None)),
            None,
            "Wed 2026-07-22",
            "stands for several pupils",
            id="two children with one id",
        ),
        pytest.param(
            (Link(pupil_id="P1", upn=PERMANENT), Link(pupil_id="P2", upn=PERMANENT)),
            PERMANENT,
            "Mon 2026-11-02",
            "several pupils hold the UPN",
            id="two children with one UPN",
        ),
        pytest.param(
            (Link(pupil_id="P1", platform_id="77"),),
            OTHER,
            "Mon 2026-11-02",
            "no pupil holds the UPN",
            id="an unknown UPN is not overruled by a known id",
        ),
        pytest.param(
            (Link(pupil_id="P1", platform_id="77", upn="A801200005001"),),
            "A801200005001",
            "Mon 2026-11-02",
            "the UPN of platform id '77' fails its check letter: correct it at the source",
            id="a wrong UPN, although a link has it too",
        ),
    ],
)
def test_nobody_is_guessed(links, given_upn, text, reason):
    found = Crosswalk(links).resolve("77", given_upn, day(text))

    assert isinstance(found, Unmatched)
    assert reason in found.reason
    assert given_upn is None or given_upn not in found.reason


def test_asking_for_unknown_children_leaves_the_crosswalk_as_it_was():
    crosswalk = Crosswalk(ONE_CHILD)

    assert [crosswalk.resolve("unknown", None, MONDAY) for _ in range(2)] == [
        crosswalk.resolve("unknown", None, MONDAY)
    ] * 2
    assert crosswalk.resolve("77", OTHER, MONDAY) == crosswalk.resolve("77", OTHER, MONDAY)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("Sun 2026-11-01", False),
        ("Mon 2026-11-02", True),
        ("Fri 2026-11-06", True),
        ("Sat 2026-11-07", False),
    ],
)
def test_a_link_holds_from_its_first_to_its_last_day(text, holds):
    link = Link(pupil_id="P1", platform_id="77", start=day("Mon 2026-11-02"), end=day("Fri 2026-11-06"))

    assert link.holds_on(day(text)) is holds


# What the platform knows of its own records ----------------------------------------------------------------------------

LINKED = Link(pupil_id="P1", upn=PERMANENT)
WAS_TEMPORARY = SourcePupil(platform_id="77", upn=TEMPORARY, is_temporary=True, end=day("Fri 2026-10-23"))
IS_PERMANENT = SourcePupil(platform_id="77", upn=PERMANENT, start=day("Mon 2026-11-02"))
SECOND_CHILD = SourcePupil(platform_id="77", upn=OTHER, start=day("Mon 2026-11-02"))


def test_a_temporary_upn_finds_the_pupil_whose_permanent_one_replaced_it():
    links = extended([LINKED], [WAS_TEMPORARY, IS_PERMANENT])

    assert links == [LINKED, Link(pupil_id="P1", upn=TEMPORARY, end=day("Fri 2026-10-23"))]
    assert Crosswalk(links).resolve("77", TEMPORARY, day("Fri 2026-10-23")) == "P1"
    assert isinstance(Crosswalk(links).resolve("77", TEMPORARY, day("Sat 2026-10-24")), Unmatched)


@pytest.mark.parametrize(
    ("links", "pupils"),
    [
        pytest.param([LINKED], [], id="the platform says nothing"),
        pytest.param([LINKED], [IS_PERMANENT], id="nothing new"),
        pytest.param([], [WAS_TEMPORARY, IS_PERMANENT], id="a child nobody linked"),
        pytest.param([LINKED], [WAS_TEMPORARY, SECOND_CHILD], id="another child's permanent UPN"),
        pytest.param([LINKED], [WAS_TEMPORARY, IS_PERMANENT, SECOND_CHILD], id="an id that went to a second child"),
        pytest.param([LINKED], [IS_PERMANENT, replace(WAS_TEMPORARY, platform_id="78")], id="a temporary UPN elsewhere"),
        pytest.param([LINKED], [IS_PERMANENT, SourcePupil(platform_id="77", is_temporary=True)], id="no UPN at all"),
        pytest.param(
            [LINKED, Link(pupil_id="P2", upn=PERMANENT)], [WAS_TEMPORARY, IS_PERMANENT], id="a UPN two children are said to hold"
        ),
        pytest.param(
            [LINKED, Link(pupil_id="P2", upn=TEMPORARY)], [WAS_TEMPORARY, IS_PERMANENT], id="a temporary UPN linked already"
        ),
        pytest.param([Link(pupil_id="P1", upn=TEMPORARY)], [WAS_TEMPORARY, IS_PERMANENT], id="only the temporary UPN is linked"),
        pytest.param([Link(pupil_id="P1", platform_id="77")], [WAS_TEMPORARY, IS_PERMANENT], id="linked by its id alone"),
    ],
)  # fmt: skip
def test_a_platforms_record_adds_nothing_that_would_be_a_guess(links, pupils):
    assert extended(links, pupils) == links


@pytest.mark.parametrize(
    "typed", ["O'Brien-Smith", "O BRIEN SMITH", "Ó\N{RIGHT SINGLE QUOTATION MARK}Brien Smith", "obriensmith"]
)
def test_a_name_has_one_likeness_however_it_was_typed(typed):
    assert likeness(typed, date(2011, 2, 3)) == likeness("O'Brien-Smith", date(2011, 2, 3))


def test_another_name_or_birthday_has_another_likeness():
    found = {likeness(name, date(2011, 2, number)) for name in ("Ash", "Birch") for number in (3, 4)}

    assert len(found) == 4


# Links that a person approved ------------------------------------------------------------------------------------------

APPROVED = (Link(pupil_id="P9", platform_id="77", upn=OTHER, start=MONDAY),)
WRONG = "A801200005001"


@pytest.mark.parametrize(
    ("links", "approved", "given_upn", "text", "pupil_id"),
    [
        pytest.param((), APPROVED, OTHER, "Mon 2026-11-02", "P9", id="where nothing else is known"),
        pytest.param((), APPROVED, None, "Mon 2026-11-02", "P9", id="the same platform id without a UPN"),
        pytest.param((), APPROVED, OTHER, "Fri 2026-10-30", None, id="before its first day"),
        pytest.param((), APPROVED, PERMANENT, "Mon 2026-11-02", None, id="a UPN that nobody saw"),
        pytest.param(
            (Link(pupil_id="P1", upn=OTHER),), APPROVED, OTHER, "Mon 2026-11-02", "P1", id="the operator's link decides"
        ),
        pytest.param(
            (Link(pupil_id="P1", upn=OTHER), Link(pupil_id="P2", upn=OTHER)),
            APPROVED,
            OTHER,
            "Mon 2026-11-02",
            None,
            id="where the operator's links contradict each other nobody is known",
        ),
        pytest.param(
            (),
            (*APPROVED, Link(pupil_id="P8", platform_id="77")),
            None,
            "Mon 2026-11-02",
            None,
            id="two approvals that contradict each other",
        ),
        pytest.param(
            (), (Link(pupil_id="P9", platform_id="77", upn=WRONG),), WRONG, "Mon 2026-11-02", "P9", id="a slip as seen"
        ),
        pytest.param(
            (),
            (Link(pupil_id="P9", platform_id="78", upn=WRONG),),
            WRONG,
            "Mon 2026-11-02",
            None,
            id="the same slip of another child",
        ),
    ],
)
def test_an_approved_link_speaks_where_the_operators_say_nothing(links, approved, given_upn, text, pupil_id):
    found = Crosswalk(links, approved).resolve("77", given_upn, day(text))

    assert (found if isinstance(found, str) else None) == pupil_id


def test_a_slip_that_was_approved_brings_no_other_upn_along():
    """Two children's records may carry the same placeholder."""
    approved = [Link(pupil_id="P9", platform_id="77", upn=WRONG)]
    records = [
        SourcePupil(platform_id="78", upn=WRONG),
        SourcePupil(platform_id="78", upn=TEMPORARY, is_temporary=True),
    ]

    assert extended(approved, records) == approved
