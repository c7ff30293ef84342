"""A school on a simulated Arbor beside the drop folder, and what its platform can be made to say."""

from tests.app.builders import placement
from tests.builders import session

WEEK = ("Mon 2026-11-02", "Tue 2026-11-03", "Wed 2026-11-04", "Thu 2026-11-05", "Fri 2026-11-06")


def with_brook(build, first, *texts, **given):
    """Stand up ``brook`` with pupils ``b1``, ``b2`` ... and their marks."""
    stand = build(arbor=True, **given)
    for number, text in enumerate(texts, 1):
        stand.placements.append(placement(f"b{number}", 500 + number, school="brook"))
        stand.world.add(str(4500 + number), first, text)
    return stand


def correct(stand, pupils, days, symbol, *, halves=("AM", "PM")):
    """Have the platform show another mark from now on; ``None`` shows none any more."""
    for number in pupils:
        for day in days:
            for half in halves:
                stand.world.correct(str(4500 + number), session(f"{day} {half}"), symbol, stand.clock())


def marks(stand, text):
    """Return one register of brook as one string, by pupil number."""
    register = stand.register(text, "brook")
    return "".join(register[name] for name in sorted(register, key=lambda name: int(name[1:])))
