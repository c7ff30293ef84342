"""Whom a stranger may be: one candidate is suggested, two are listed, and the same evidence never counts for nobody."""

import pytest

from mapping.identity import Link
from mapping.model import SourcePupil
from mapping.suggesting import FORMER_UPN, LIKENESS, PLATFORM_ID, Stranger, Suggester

ALIKE, OTHER = "aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb"
#: On the roll: P1 and P2 share surname and date of birth, P3 does not.
ROLL = [("P1", ALIKE), ("P2", ALIKE), ("P3", OTHER)]
LINKS = [
    Link(pupil_id="P1", upn="U1", platform_id="1"),
    Link(pupil_id="P2", upn="U2", platform_id="2"),
    Link(pupil_id="P3", upn="U3", platform_id="3"),
]


def record(platform_id="77", upn=None, likeness=None):
    return SourcePupil(platform_id=platform_id, upn=upn, likeness=likeness)


@pytest.mark.parametrize(
    ("records", "stranger", "candidates", "because"),
    [
        pytest.param([], Stranger(platform_id="77"), (), (), id="nothing is known"),
        pytest.param(
            [record(upn="U9"), record(upn="U3")],
            Stranger(platform_id="77", upns=frozenset({"U9"})),
            ("P3",),
            (FORMER_UPN,),
            id="the record holds a known UPN beside the one that came",
        ),
        pytest.param(
            [record("900", "U9"), record("900", "U3")],
            Stranger(platform_id="77", upns=frozenset({"U9"})),
            ("P3",),
            (FORMER_UPN,),
            id="another record holds both UPNs",
        ),
        pytest.param(
            [],
            Stranger(platform_id="3", upns=frozenset({"U9"})),
            ("P3",),
            (PLATFORM_ID,),
            id="the platform id is known, the UPN is not",
        ),
        pytest.param(
            [record(likeness=OTHER)], Stranger(platform_id="77"), ("P3",), (LIKENESS,), id="one pupil is alike"
        ),
        pytest.param(
            [record(likeness=ALIKE)], Stranger(platform_id="77"), ("P1", "P2"), (LIKENESS,), id="two pupils are alike"
        ),
        pytest.param(
            [record("3", likeness=OTHER)],
            Stranger(platform_id="3", upns=frozenset({"U9"})),
            ("P3",),
            (PLATFORM_ID, LIKENESS),
            id="two reasons for one pupil",
        ),
        pytest.param(
            [record("3", likeness=ALIKE)],
            Stranger(platform_id="3"),
            ("P1", "P2", "P3"),
            (PLATFORM_ID, LIKENESS),
            id="reasons that contradict each other",
        ),
        pytest.param(
            [record("900", "U9", OTHER)],
            Stranger(platform_id="77", upns=frozenset({"U8"})),
            (),
            (),
            id="the record of somebody else",
        ),
    ],
)
def test_who_it_may_be(records, stranger, candidates, because):
    found = Suggester(LINKS, ROLL, records).suggest(stranger)

    assert (found.candidates, found.because) == (candidates, because)
    assert found.pupil_id == (candidates[0] if len(candidates) == 1 else None)


def test_links_without_a_upn_are_not_alike_in_that():
    links = [Link(pupil_id="P1", platform_id="1"), Link(pupil_id="P2", upn="U2")]

    assert Suggester(links, [], [record(upn=None)]).suggest(Stranger(platform_id="")).candidates == ()
