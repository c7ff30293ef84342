"""roll.csv as a backtest reads it: who was on the roll from when to when. No name is kept."""

from pydantic import Field

from config.fields import Day, PupilId, Table
from config.placements import Expected, Flags


class RollRow(Table):
    """One pupil's stretch on the roll, both days included; no end is open."""

    pupil_id: PupilId = Field(description="the id by which the marks name the pupil")
    start_date: Day = Field(description="the pupil's first day on the roll")
    end_date: Day | None = None
    flags: Flags = Field(frozenset(), repr=False)
    expected: Expected | None = None
