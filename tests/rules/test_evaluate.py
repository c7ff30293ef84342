"""The evaluator against an oracle that walks day by day, and against what must hold for any attendance."""

from dataclasses import replace
from datetime import date
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from app.policy.loading import allowed
from mapping.marks import BLANK_YEAR, put
from mapping.model import Half
from mapping.school_days import Calendar
from rules.comparing import compare
from rules.due import RollEntry, SessionsDue
from rules.evaluate import Evaluator
from rules.model import PupilMarks
from rules.policy import read_policy
from tests.builders import NATIONAL, calendar, day
from tests.rules.builders import decisions, evaluator, policy_and_floor, pupil
from tests.rules.oracle import fired, world_of
from tests.rules.shapes import policy_of, rule

#: Six weeks with an INSET day and a holiday inside; the year before ends eleven school days earlier.
SHORT = calendar(
    "Summer: Mon 2026-07-06 - Fri 2026-07-17",
    "Autumn: Wed 2026-09-02 - Fri 2026-10-09",
    closed={"Mon 2026-09-14": "INSET"},
)
SIGNS = "/\\NOIUGB-?.pESD1"


def laid(text: str, *, start: date, expected: frozenset[tuple[int, Half]] | None = None) -> PupilMarks:
    years: dict[int, bytes] = {2025: BLANK_YEAR, 2026: BLANK_YEAR}
    signs = iter(text.encode())
    for each in SHORT.days:
        year = 2025 if each < date(2026, 8, 1) else 2026
        at = 2 * (each - date(year, 8, 1)).days
        years[year] = put(put(years[year], at, next(signs)), at + 1, next(signs))
    return SessionsDue(SHORT).lay([RollEntry(pupil_id="P1", start=start, expected=expected)], years)


@settings(max_examples=60, deadline=None)
@given(
    text=st.text(st.sampled_from(SIGNS + "NNNOOO"), min_size=2 * len(SHORT.days), max_size=2 * len(SHORT.days)),
    start=st.sampled_from(SHORT.days),
    expected=st.none() | st.frozensets(st.tuples(st.integers(0, 4), st.sampled_from(Half)), min_size=1),
)
def test_every_rule_fires_on_exactly_the_days_the_oracle_says(text, start, expected):
    who = laid(text, start=start, expected=expected)

    assert days_of(evaluator(), who, SHORT) == fired(*policy_and_floor("swift-learning"), world_of(who, SHORT))


def days_of(rules: Evaluator, who: PupilMarks, on: Calendar) -> dict[date, set[str]]:
    """What the engine decides of a pupil, day by day."""
    found = {each: {made.rule for made in rules.on(on, each, who.origin)(who)} for each in on.days}
    return {each: rules for each, rules in found.items() if rules}


#: All there is of a school: three days, and a rule for each way in which their marks can matter.
THREE = calendar("Wed 2026-09-02 - Fri 2026-09-04")
RULES = policy_of(
    [
        rule("days", {"metric": "consecutive", "unit": "school_day", "category": "absent", "at_least": 3}),
        rule("two", {"metric": "consecutive", "unit": "school_day", "category": "unexplained", "at_least": 2}),
        rule("sessions", {"metric": "consecutive", "unit": "session", "category": "unexplained", "at_least": 2}),
        rule("each", {"metric": "each", "unit": "school_day", "category": "absent"}),
        rule("total", {"metric": "cumulative", "unit": "school_day", "category": "absent", "at_least": 2, "window": "term"}),
        rule("back", {"metric": "event", "event": "return", "category": "absent", "at_least": 1}),
        rule("n", {"metric": "deadline", "unit": "school_day", "code": "N", "after_school_days": 1}),
        rule("level", {"metric": "percentage", "unit": "session", "window": "term", "below": 60, "min_sessions": 2, "clear_at": 60}),
    ]
)  # fmt: skip


def test_every_small_world_of_three_days_agrees_with_the_oracle():
    """All marks of a first and a last day around a middle one that is absent, attended, not recorded or no session."""
    small = Evaluator(read_policy(RULES, allowed(NATIONAL)), NATIONAL)
    for (am, pm, last_am, last_pm), middle in product(product("/NIU-.", repeat=4), ("NN", "N/", "N-", "..", "pp")):
        who = written(THREE.days[0], f"{am}{pm}{middle}{last_am}{last_pm}", on=THREE)

        assert days_of(small, who, THREE) == fired(RULES, {"rule": []}, world_of(who, THREE)), who.marks[64:70]


def written(first: date, text: str, *, on: Calendar = SHORT) -> PupilMarks:
    begin = 2 * (first - date(2026, 8, 1)).days
    year = BLANK_YEAR[:begin] + text.encode() + BLANK_YEAR[begin + len(text) :]
    return SessionsDue(on).lay([RollEntry(pupil_id="P1", start=first)], {2026: year})


@given(
    text=st.text(st.sampled_from("/NO"), min_size=2 * len(SHORT.days), max_size=2 * len(SHORT.days)),
    at=st.integers(0, len(SHORT.days) - 1),
)
def test_a_day_attended_instead_of_missed_never_adds_a_run_rule_on_that_day(text, at):
    attended = text[: 2 * at] + "//" + text[2 * at + 2 :]
    who = laid(attended, start=SHORT.days[0])
    fired = {decision.rule for decision in evaluator().on(SHORT, SHORT.days[at], who.origin)(who)}

    assert not fired & {"three-days-absent", "three-days-unexplained", "five-days-unexplained", "ten-days-unexplained"}


def test_a_run_goes_on_over_the_summer_into_the_next_school_year():
    text = "//" * 7 + "NN" * 10 + "//" * (len(SHORT.days) - 17)
    who = laid(text, start=SHORT.days[0])
    rules = {decision.rule for decision in evaluator().on(SHORT, SHORT.days[16], who.origin)(who)}

    assert "ten-days-unexplained" in rules
    assert date(2026, 9, 10) == SHORT.days[16]


def test_a_part_time_pupils_run_counts_only_the_days_the_pupil_was_expected():
    mondays = frozenset({(0, Half.AM)})
    who = pupil("Mon 2026-11-02", "N. ..*4 N. ..*4 N.", expected=mondays)

    found = [
        str(d.fired_on) for d in decisions(who, day("Mon 2026-11-02"), day("Fri 2026-11-20")) if "unexpl" in d.rule
    ]

    assert found == ["2026-11-16"]


def test_a_late_explanation_undoes_what_was_decided_and_decides_the_rest_anew():
    before = pupil("Mon 2026-11-02", "NN NN NN NN /\\")
    after = pupil("Mon 2026-11-02", "NN II NN NN NN /\\")
    span = day("Mon 2026-11-02"), day("Fri 2026-11-06")
    stood = {(d.rule, d.fired_on) for d in decisions(before, *span) if d.rule in RUN}

    change = compare([d for d in decisions(after, *span) if d.rule in RUN], stood)

    assert change.undone == [("three-days-unexplained", day("Wed 2026-11-04"))]
    assert [(d.rule, d.fired_on) for d in change.new] == [("three-days-unexplained", day("Fri 2026-11-06"))]


#: One rule of the policy, whatever else it says of the same marks.
RUN = {"three-days-unexplained"}


def test_the_same_marks_asked_twice_change_nothing():
    who = pupil("Mon 2026-11-02", "NN*10")
    span = day("Mon 2026-11-02"), day("Fri 2026-11-20")
    stood = {(d.rule, d.fired_on) for d in decisions(who, *span)}

    assert compare(decisions(who, *span), stood) == ([], [])


def test_a_highest_only_ladder_fires_its_highest_rung_and_names_the_ones_it_passed():
    who = pupil("Wed 2026-09-02", "/\\*3 II*7")
    two_rungs = with_second_rung(evaluator(), below=80)

    [decision] = [
        d for d in two_rungs.on(TERMS_2026, day("Tue 2026-09-15"), who.origin)(who) if d.ladder == "attendance"
    ]

    assert (decision.rule, decision.passed) == ("below-eighty", ("below-ninety",))


TERMS_2026 = calendar("Wed 2026-09-02 - Fri 2026-12-18")


def with_second_rung(first: Evaluator, *, below: float) -> Evaluator:
    rule = next(rule for rule in first.policy.rules if rule.id == "below-ninety")
    second = replace(rule, id="below-eighty", rung=2, when=replace(rule.when, line=below))
    return Evaluator(replace(first.policy, rules=(*first.policy.rules, second)), NATIONAL)


def flagged(*flags: str) -> PupilMarks:
    return pupil("Mon 2026-11-02", "NN*10", flags=frozenset(flags))


def told(who: PupilMarks, last: str) -> dict[str, list[str]]:
    """Whom each notice about a pupil reaches, by rule."""
    return {
        decision.rule: [role for action in decision.actions if action.kind == "notice" for role in action.to]
        for decision in decisions(who, day("Mon 2026-11-02"), day(last))
        if "S3-21" in decision.rows
    }


def test_a_looked_after_childs_social_worker_and_care_team_hear_of_every_concern():
    heard = told(flagged("looked_after"), "Wed 2026-11-04")

    assert heard["three-days-absent"][-2:] == ["social_worker", "care_team"]


def test_beside_a_referral_they_get_a_notice_of_their_own():
    heard = told(flagged("looked_after"), "Fri 2026-11-13")

    assert heard["ten-days-unexplained"][-2:] == ["social_worker", "care_team"]


def test_nobody_is_added_for_a_child_who_is_not_looked_after():
    assert told(flagged("send"), "Fri 2026-11-13") == {}
