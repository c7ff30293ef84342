"""What a policy asks about a school itself, compared with the decisions that stand: its days, weeks and terms."""

from app.changes import SCHOOL
from app.judging.verdicts import Verdict, Verdicts


def about_school(verdicts: Verdicts) -> Verdict:
    """Return what is new about the school, and what is undone; registers are asked about while the day goes on.

    A new installation begins with its first day: nobody needs the lists of days that are over.
    """
    since, calendar = verdicts.since(SCHOOL), verdicts.site.calendar
    if since is None:
        return Verdict([], [], [])
    fresh = {
        (decision.rule, decision.fired_on): decision
        for day in calendar.between(max(since, verdicts.days.begun), verdicts.days.until)
        if (evaluator := verdicts.versions.on(day)) is not None
        for decision in evaluator.school_on(calendar, day)
    }
    registers = {rule.id for rule in verdicts.site.evaluator.register_rules}
    standing = {key for key in verdicts.standing_since(SCHOOL, since) if key[0] not in registers}
    return Verdict(
        new=[decision for key, decision in fresh.items() if key not in standing],
        undone=sorted(standing - fresh.keys()),
        answered=[],
    )
