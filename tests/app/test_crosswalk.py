"""Who is who: what waits for a person, what an approval settles, and what is never merged or guessed."""

import pytest

from app import checking, crosswalk, crosswalk_people, crosswalk_proposals
from mapping.identity import likeness
from mapping.model import Pulled, SourceMark, SourcePupil
from tests.app.builders import placement
from tests.builders import CANARY, day, session, upn

MONDAY = "Mon 2026-11-02"


class Brings:
    """A platform that brings what it is given, pull after pull."""

    def __init__(self, *pulls):
        self.pulls = list(pulls)

    def pull(self, window, *, seen):
        marks, pupils = self.pulls.pop(0)
        return Pulled(marks=tuple(marks), pupils=tuple(pupils), first=window.first, last=window.last)

    def committed(self):
        pass

    def check(self):
        return ()

    def close(self):
        pass


def row(platform_id, text=f"{MONDAY} AM", code="/", upn=None, **more):
    return SourceMark(platform_id, session(text), code, "page 1", upn, **more)


def brings(stand, *pulls, school="lane"):
    stand.relay._connectors[school] = Brings(*pulls)
    return stand


def lane(stand):
    return stand.relay.sites["lane"]


def waiting(stand):
    return [
        (each.platform_id, each.upn, each.marks, each.pupil_id, each.candidates)
        for each in crosswalk_proposals.open_proposals(stand.relay, lane(stand))
    ]


def approved(stand, platform_id, pupil_id, **days):
    return crosswalk_people.approve(stand.relay, lane(stand), platform_id, pupil_id, by="A. Admin", **days)


def settled(stand):
    """Return how the rows that no longer wait were settled."""
    sql = "SELECT resolution FROM quarantine WHERE resolved_at IS NOT NULL ORDER BY id"
    return [resolution for (resolution,) in stand.store._connection.rows(sql)]


# Proposals -------------------------------------------------------------------------------------------------------------


def test_everybody_known_leaves_nobody_waiting(stand):
    stand.drop(MONDAY, p1="//")
    stand.pulled(f"{MONDAY} 15:45")

    assert waiting(stand) == []


@pytest.mark.parametrize(
    ("given", "status"),
    [
        pytest.param(upn(77), "permanent", id="a UPN that nobody has"),
        pytest.param(upn(77, temporary=True), "temporary", id="a temporary UPN"),
        pytest.param("A801200005001", "invalid", id="a wrong check letter"),
        pytest.param(None, "missing", id="no UPN"),
    ],
)
def test_a_stranger_waits_with_days_and_upn_and_without_a_suggestion(stand, given, status):
    brings(stand, ([row("77", upn=given), row("77", f"{MONDAY} PM", upn=given), row("4001")], []))

    stand.pulled(f"{MONDAY} 15:45")

    [proposal] = crosswalk_proposals.proposals(stand.relay, lane(stand))
    assert (proposal.upn, proposal.marks, proposal.first, proposal.last) == (status, 2, day(MONDAY), day(MONDAY))
    assert (proposal.pupil_id, proposal.candidates) == (None, ())


def like_canary(born="Mon 2011-03-14", name=CANARY[0]):
    return likeness(name, day(born))


@pytest.mark.parametrize(
    ("pupils", "record", "suggested", "candidates", "because"),
    [
        pytest.param(
            {"p1": {"date_of_birth": "2011-03-15"}, "p2": {}},
            SourcePupil(platform_id="77", likeness=like_canary()),
            "p2",
            (),
            "surname and date of birth agree",
            id="one pupil is alike",
        ),
        pytest.param(
            {"p1": {}, "p2": {}},
            SourcePupil(platform_id="77", likeness=like_canary()),
            None,
            ("p1", "p2"),
            "surname and date of birth agree",
            id="two pupils are alike: both are listed and none suggested",
        ),
        pytest.param(
            {"p1": {}},
            SourcePupil(platform_id="77", likeness=like_canary(name="Somebody-Else")),
            None,
            (),
            "",
            id="nobody is alike",
        ),
    ],
)
def test_a_likeness_is_a_suggestion_and_never_a_match(build, pupils, record, suggested, candidates, because):
    stand = brings(build(pupils=pupils), ([row("77")], [record]))

    stand.pulled(f"{MONDAY} 15:45")

    [proposal] = crosswalk_proposals.proposals(stand.relay, lane(stand))
    assert (proposal.pupil_id, proposal.candidates, proposal.because) == (suggested, candidates, because)
    assert stand.register(f"{MONDAY} AM") == {}


def test_a_upn_beside_a_known_one_in_the_same_record_suggests_its_pupil(stand):
    """The school's placement was written with the UPN the child had before; the platform gives both, with dates."""
    new = upn(90)
    record = [
        SourcePupil(platform_id="77", upn=upn(1), end=day("Fri 2026-10-30")),
        SourcePupil(platform_id="77", upn=new, start=day(MONDAY)),
    ]
    brings(stand, ([row("77", upn=new)], record))

    stand.pulled(f"{MONDAY} 15:45")

    [proposal] = crosswalk_proposals.proposals(stand.relay, lane(stand))
    assert (proposal.pupil_id, proposal.because) == (
        "p1",
        "its UPN equals a former UPN of the pupil, or the other way round",
    )


def test_an_unknown_upn_under_a_known_platform_id_suggests_its_pupil_and_matches_nobody(stand):
    brings(stand, ([row("4001", upn=upn(90))], []))

    stand.pulled(f"{MONDAY} 15:45")

    assert waiting(stand) == [("4001", "permanent", 1, "p1", ())]
    assert stand.register(f"{MONDAY} AM") == {}


def test_a_pupil_who_has_marks_of_the_same_sessions_is_listed_and_not_suggested(build):
    """A twin: surname and date of birth are those of a pupil who was marked at the very same time."""
    stand = build(pupils={"p1": {}})
    twin = SourcePupil(platform_id="77", likeness=like_canary())
    brings(stand, ([row("77"), row("4001")], [twin]))

    stand.pulled(f"{MONDAY} 15:45")

    [proposal] = crosswalk_proposals.proposals(stand.relay, lane(stand))
    assert (proposal.pupil_id, proposal.candidates, proposal.in_the_way) == (None, ("p1",), 1)


def test_two_reasons_that_point_to_two_pupils_suggest_neither(build):
    stand = build(pupils={"p1": {}, "p2": {"surname": "Somebody-Else"}})
    record = SourcePupil(platform_id="4002", likeness=like_canary())
    brings(stand, ([row("4002", upn=upn(90))], [record]))

    stand.pulled(f"{MONDAY} 15:45")

    assert waiting(stand) == [("4002", "permanent", 1, None, ("p1", "p2"))]


def test_what_a_suggestion_rests_on_is_kept_without_the_name(stand):
    record = SourcePupil(platform_id="77", likeness=like_canary())
    brings(stand, ([row("77")], [record, SourcePupil(platform_id="4001", upn=upn(1), likeness=like_canary())]))

    stand.pulled(f"{MONDAY} 15:45")

    assert stand.store.strangers.records("lane", "clm") == [record]


# Approvals --------------------------------------------------------------------------------------------------------------


def test_an_approval_records_what_waited_and_what_comes_later(stand):
    brings(stand, ([row("77"), row("77", f"{MONDAY} PM", "N")], []), ([row("77", "Tue 2026-11-03 AM", "I")], []))
    stand.pulled(f"{MONDAY} 15:45")

    answer = approved(stand, "77", "p1")

    assert (answer.is_ok, answer.sentence) == (
        True,
        "77 is p1 at lane from 2026-10-19 on; 2 rows held before could be recorded now",
    )
    assert stand.register(f"{MONDAY} PM") == {"p1": "N"}
    assert (waiting(stand), settled(stand)) == ([], ["recorded", "recorded"])
    assert stand.store.intake.to_judge("lane") == {"p1": day(MONDAY)}
    assert stand.pulled("Tue 2026-11-03 15:45").problem is None
    assert stand.register("Tue 2026-11-03 AM") == {"p1": "I"}


def test_an_approved_link_keeps_its_author_and_time(stand):
    brings(stand, ([row("77")], []))
    stand.pulled(f"{MONDAY} 15:45")
    approved(stand, "77", "p1")

    [link] = stand.store.links.approved("lane")

    assert (link.approved_by, link.approved_at, link.ended_at) == ("A. Admin", stand.clock(), None)


def test_an_approval_holds_for_the_upn_that_was_seen_and_no_other(stand):
    """The platform gives the id to another child: her UPN is another, and her marks wait."""
    seen, other = upn(90), upn(91)
    brings(stand, ([row("77", upn=seen)], []), ([row("77", "Tue 2026-11-03 AM", upn=other)], []))
    stand.pulled(f"{MONDAY} 15:45")
    approved(stand, "77", "p1")

    stand.pulled("Tue 2026-11-03 15:45")

    assert stand.register("Tue 2026-11-03 AM") == {"p1": "-"}
    assert waiting(stand) == [("77", "permanent", 1, "p1", ())]


def test_an_approved_slip_of_a_upn_is_that_of_one_platform_id_alone(stand):
    wrong = "A801200005001"
    brings(stand, ([row("77", upn=wrong), row("78", upn=wrong)], []))
    stand.pulled(f"{MONDAY} 15:45")

    approved(stand, "77", "p1")

    assert stand.register(f"{MONDAY} AM") == {"p1": "/"}
    assert waiting(stand) == [("78", "invalid", 1, None, ())]


def test_an_approval_with_dates_leaves_the_other_days_waiting(stand):
    brings(stand, ([row("77"), row("77", "Tue 2026-11-03 AM")], []))
    stand.pulled("Tue 2026-11-03 15:45")

    approved(stand, "77", "p1", last=day(MONDAY))

    assert stand.register(f"{MONDAY} AM") == {"p1": "/"}
    assert waiting(stand) == [("77", "missing", 1, "p1", ())]


@pytest.mark.parametrize(
    ("platform_id", "pupil_id", "days", "says"),
    [
        pytest.param("77", "p9", {}, "placements.csv has no pupil p9 at lane", id="a pupil whom no file has"),
        pytest.param("99", "p1", {}, "no mark of platform id 99 waits at lane", id="an id that does not wait"),
        pytest.param("77", "p1", {"last": day("Mon 2026-10-05")}, "no day is between them", id="dates back to front"),
        pytest.param(
            "4002", "p1", {}, "stands in placements.csv as p2 on these days: end that first", id="another's platform id"
        ),
        pytest.param("79", "p1", {}, "carry several permanent UPNs", id="two children under one id"),
    ],
)
def test_what_cannot_be_approved(stand, platform_id, pupil_id, days, says):
    marks = [row("77"), row("4002", upn=upn(90)), row("79", upn=upn(91)), row("79", f"{MONDAY} PM", upn=upn(92))]
    brings(stand, (marks, []))
    stand.pulled(f"{MONDAY} 15:45")

    answer = approved(stand, platform_id, pupil_id, **days)

    assert not answer.is_ok
    assert says in answer.sentence
    assert stand.store.links.approved("lane") == []


def test_a_refused_stranger_waits_for_nobody_and_keeps_the_rows(stand):
    brings(stand, ([row("77")], []), ([row("77", f"{MONDAY} PM", upn=upn(90))], []))
    stand.pulled(f"{MONDAY} 12:30")

    answer = crosswalk_people.refuse(stand.relay, lane(stand), "77", by="A. Admin", note="on roll elsewhere")

    assert answer.is_ok
    assert waiting(stand) == []
    assert crosswalk_proposals.to_be_matched(stand.relay, lane(stand)) == {}
    assert stand.store.quarantine.counts() == {"lane": 1}
    # A UPN that nobody saw may be another child's.
    stand.pulled(f"{MONDAY} 15:45")
    assert [each[0] for each in waiting(stand)] == ["77"]
    assert list(crosswalk_proposals.to_be_matched(stand.relay, lane(stand))) == ["77"]


def test_an_ended_link_stands_for_nobody_and_takes_no_mark_back(stand):
    brings(stand, ([row("77")], []), ([row("77", f"{MONDAY} PM"), row("4002")], []))
    stand.pulled(f"{MONDAY} 12:30")
    approved(stand, "77", "p1")

    answer = crosswalk_people.end(stand.relay, lane(stand), "77", by="B. Admin")
    stand.pulled(f"{MONDAY} 15:45")

    assert answer.is_ok
    assert stand.register(f"{MONDAY} AM") == {"p1": "/", "p2": "/"}
    assert [each[0] for each in waiting(stand)] == ["77"]
    assert stand.store.links.approved("lane")[0].ended_by == "B. Admin"


def test_placements_decide_where_both_speak_and_the_contradiction_is_said(stand):
    brings(stand, ([row("77")], []), ([row("77", f"{MONDAY} PM")], []))
    stand.pulled(f"{MONDAY} 12:30")
    approved(stand, "77", "p1")

    stand.placements[1]["platform_id"] = "77"
    stand.reread()
    brings(stand, ([row("77", f"{MONDAY} PM")], []))
    stand.pulled(f"{MONDAY} 15:45")

    assert stand.register(f"{MONDAY} PM") == {"p1": "-", "p2": "\\"}
    [said] = crosswalk.contradictions(stand.relay, lane(stand))
    assert said == (
        "platform id 77 was approved as p1, and placements.csv says that it is p2: the file decides; end the approved "
        "link, or correct the row"
    )


def test_check_says_what_contradicts_the_file(stand):
    brings(stand, ([row("77")], []))
    stand.pulled(f"{MONDAY} 12:30")
    approved(stand, "77", "p1")
    del stand.placements[0]
    stand.reread()

    said = [each.message for each in checking.check(stand.relay) if each.subject == "school lane: crosswalk"]

    assert said == [
        "platform id 77 was approved as p1, who is not in placements.csv at this school: it is not used; end it"
    ]


def test_an_approved_pupil_who_left_the_file_is_not_used(stand):
    brings(stand, ([row("77")], []))
    stand.pulled(f"{MONDAY} 12:30")
    approved(stand, "77", "p1")

    del stand.placements[0]
    stand.reread()

    assert crosswalk.with_approved(stand.relay, lane(stand)).approved == ()
    [said] = crosswalk.contradictions(stand.relay, lane(stand))
    assert (
        said == "platform id 77 was approved as p1, who is not in placements.csv at this school: it is not used; end it"
    )


# Held rows are read again -------------------------------------------------------------------------------------------------


def test_a_row_of_placements_brings_in_what_a_file_held_long_ago(stand):
    stand.placements.append(placement("p3", 77))
    stand.drop(MONDAY, p1="//", p3="N/")
    stand.placements.pop()
    stand.pulled(f"{MONDAY} 15:45")
    stand.placements.append(placement("p3", 77))
    stand.reread()

    stand.drop("Tue 2026-11-03", p1="//")
    pulled = stand.pulled("Tue 2026-11-03 15:45")

    assert pulled.remarks == ("2 rows held before could be recorded now",)
    assert stand.register(f"{MONDAY} AM") == {"p1": "/", "p3": "N"}
    assert stand.store.quarantine.counts() == {}


def test_a_code_that_the_table_learns_brings_in_what_was_held_for_it(stand):
    brings(stand, ([row("4001", code="QQ"), row("4002")], []), ([row("4002", f"{MONDAY} PM")], []))
    stand.pulled(f"{MONDAY} 12:30")
    assert stand.register(f"{MONDAY} AM") == {"p1": "?", "p2": "/"}

    (stand.operator / "codes").mkdir()
    (stand.operator / "codes" / "clm-dfe.csv").write_text("symbol,code\n/,/\nQQ,late\n")
    stand.reread()
    brings(stand, ([row("4002", f"{MONDAY} PM")], []))
    stand.pulled(f"{MONDAY} 15:45")

    assert stand.register(f"{MONDAY} AM") == {"p1": "L", "p2": "/"}
    assert settled(stand) == ["recorded"]


def test_the_minutes_late_are_kept_with_a_held_row(stand):
    brings(stand, ([row("77", code="L", minutes_late=40), row("4002")], []))
    stand.pulled(f"{MONDAY} 12:30")

    approved(stand, "77", "p1")

    assert stand.register(f"{MONDAY} AM") == {"p1": "U", "p2": "/"}


def test_a_mark_that_came_meanwhile_is_not_overwritten_by_an_older_row(stand):
    """The register was corrected under the child's own id before anybody said who 77 was."""
    brings(stand, ([row("77", code="N"), row("4002")], []), ([row("4001", code="I")], []))
    stand.pulled(f"{MONDAY} 12:30")
    stand.pulled(f"{MONDAY} 15:45")

    answer = approved(stand, "77", "p1")

    assert "1 row held before settled without a mark" in answer.sentence
    assert stand.register(f"{MONDAY} AM") == {"p1": "I", "p2": "/"}
    assert settled(stand) == ["a mark was recorded meanwhile"]


def test_a_pupil_who_becomes_known_with_a_code_that_is_not_has_a_session_in_doubt(stand):
    brings(stand, ([row("77", code="QQ"), row("4002")], []))
    stand.pulled(f"{MONDAY} 12:30")

    approved(stand, "77", "p1")

    assert stand.register(f"{MONDAY} AM") == {"p1": "?", "p2": "/"}
    [held] = stand.store.quarantine.held("lane")
    assert (held.row.pupil_id, held.row.reason) == ("p1", "code 'QQ' is not in this school's code table: add it")


def test_two_held_rows_that_contradict_each_other_are_neither(stand):
    brings(stand, ([row("77", code="N"), row("78", code="I"), row("4002")], []))
    stand.pulled(f"{MONDAY} 12:30")
    stand.placements[0] |= {"platform_id": "77"}
    stand.placements.append(placement("p1", 1, start_date="2026-09-01", end_date="2026-10-18", platform_id="78"))
    approved(stand, "77", "p1")
    assert stand.register(f"{MONDAY} AM") == {"p1": "N", "p2": "/"}

    answer = approved(stand, "78", "p1")

    assert "settled without a mark" in answer.sentence
    assert stand.register(f"{MONDAY} AM") == {"p1": "N", "p2": "/"}


# Dated identities -----------------------------------------------------------------------------------------------------


def test_a_child_enrolled_again_is_known_by_the_upn_under_a_new_platform_id(stand):
    brings(stand, ([row("4001", upn=upn(1))], []), ([row("9999", f"{MONDAY} PM", upn=upn(1))], []))
    stand.pulled(f"{MONDAY} 12:30")
    stand.pulled(f"{MONDAY} 15:45")

    assert stand.register(f"{MONDAY} PM") == {"p1": "\\"}
    assert waiting(stand) == []


def test_a_temporary_upn_of_the_record_is_known_when_held_rows_are_read_again(stand):
    """The rows came under the temporary UPN; the platform's record says later which permanent one it became."""
    temporary = upn(50, temporary=True)
    record = [
        SourcePupil(platform_id="77", upn=temporary, is_temporary=True, end=day(MONDAY)),
        SourcePupil(platform_id="77", upn=upn(1), start=day("Tue 2026-11-03")),
    ]
    brings(stand, ([row("77", upn=temporary), row("4002")], []), ([row("4002", f"{MONDAY} PM")], record))
    stand.pulled(f"{MONDAY} 12:30")
    stand.pulled(f"{MONDAY} 15:45")
    brings(stand, ([row("4002", "Tue 2026-11-03 AM")], []))

    stand.pulled("Tue 2026-11-03 12:30")

    assert stand.register(f"{MONDAY} AM") == {"p1": "/", "p2": "/"}


@pytest.fixture
def dual(build):
    """One child, dual registered: at the lane, where nobody hears of it, and at the brook, where it is present."""
    stand = build(arbor=True, pupils={"p1": {"upn": upn(1), "arrangement": "dual"}})
    stand.placements.append(placement("p1", 1, school="brook", upn=upn(1), arrangement="dual"))
    days = [f"{name} {half}" for name in (MONDAY, "Tue 2026-11-03", "Wed 2026-11-04") for half in ("AM", "PM")]
    brings(stand, ([row("4001", at, "N", upn(1)) for at in days], []))
    brings(stand, ([row("4001", at, "/", upn(1)) for at in days], []), school="brook")
    stand.pulled("Wed 2026-11-04 15:45")
    stand.judged("Wed 2026-11-04 16:15")
    return stand


def test_one_child_at_two_settings_has_two_marks_of_one_session(dual):
    """Both registers are right, each at its own school; neither is compared away, and neither amends the other."""
    assert dual.register(f"{MONDAY} AM") == {"p1": "N"}
    assert dual.register(f"{MONDAY} AM", "brook") == {"p1": "/"}
    assert dual.store.history.amendments_of("p1") == []
    assert dual.store.quarantine.counts() == {}


def test_feeds_hold_each_settings_mark_and_notices_are_about_one_setting(dual):
    [final] = [each for each in dual.feeds() if str(each).startswith("Wed 2026-11-04 final")]

    assert sorted(final.column("site_id", "session", "attended")) == [
        "brook AM present",
        "brook PM present",
        "lane AM absent",
        "lane PM absent",
    ]
    assert dual.decisions("three-days-absent") == ["Wed 2026-11-04 p1 three-days-absent"]
    assert {each.school for each in dual.store.cases.of_school("brook") if each.pupil_id} == set()


# A school that changes its platform --------------------------------------------------------------------------------------


def changed_platform(stand):
    """The lane's registers are in Class Charts now."""
    lines = '  folder         = "{folder}/drop"\n  settle_seconds = 0\n'
    assert lines in stand.toml
    stand.toml = stand.toml.replace('platform = "clm"', 'platform = "class_charts"').replace(
        lines, '  address = "https://charts.example/export.csv"\n'
    )
    stand.reread()


def test_ids_of_the_platform_before_stand_for_nobody_in_the_next_one(stand):
    brings(stand, ([row("77")], []))
    stand.pulled(f"{MONDAY} 12:30")
    approved(stand, "77", "p1")
    changed_platform(stand)

    brings(stand, ([row("77", f"{MONDAY} PM"), row("4002", f"{MONDAY} PM")], []))
    stand.pulled(f"{MONDAY} 15:45")

    assert stand.register(f"{MONDAY} PM") == {"p1": "-", "p2": "\\"}
    assert [each[0] for each in waiting(stand)] == ["77"]
    # What was approved is kept; it was true of the platform it was said of.
    assert [(each.source, each.link.pupil_id) for each in stand.store.links.approved("lane")] == [("clm", "p1")]


def test_a_row_of_the_platform_before_is_read_again_by_its_upn_alone(stand):
    brings(stand, ([row("77"), row("78", f"{MONDAY} PM", upn=upn(90)), row("4002")], []))
    stand.pulled(f"{MONDAY} 12:30")
    stand.placements[0] |= {"platform_id": "77", "upn": upn(90)}
    changed_platform(stand)

    brings(stand, ([row("4002", f"{MONDAY} PM")], []))
    stand.pulled(f"{MONDAY} 15:45")

    assert stand.register(f"{MONDAY} AM") == {"p1": "-", "p2": "/"}
    assert stand.register(f"{MONDAY} PM") == {"p1": "\\", "p2": "\\"}
    assert waiting(stand) == []
    assert stand.store.quarantine.counts() == {"lane": 1}
