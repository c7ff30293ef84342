"""The facts by polars, on one thread."""

from pathlib import Path

import polars as pl

from benchmarks.peers import (
    ABSENT,
    ABSENT_BREAK,
    ABSENT_MASK,
    BYTES,
    CHASED,
    DAYS,
    NOTHING_DUE,
    UNEXPLAINED,
    UNEXPLAINED_BREAK,
    UNEXPLAINED_MASK,
    Peer,
    codes,
    pair,
    rows,
)

_FACTS = ("absent", "unexplained", "attended", "possible", "standing")


def open_peer(path: Path) -> Peer:
    frame = _frame(path)
    table = _table()
    return Peer(
        {"tuned": lambda: _tuned(frame, table), "plain": lambda: _plain(frame)},
        lambda result: result.sort("pupil").select(_FACTS).rows(),
    )


def _frame(path: Path) -> pl.DataFrame:
    flat = b"".join(rows(path))
    marks = (
        pl.Series([flat], dtype=pl.Binary)
        .bin.reinterpret(dtype=pl.Array(pl.UInt8, len(flat)), endianness="little")
        .explode()
    )
    at = pl.int_range(pl.len(), dtype=pl.UInt32)
    return (
        pl.DataFrame({"am": marks.gather_every(2), "pm": marks.gather_every(2, 1)})
        .with_columns(pupil=at // DAYS, day=(at % DAYS).cast(pl.UInt8))
        .filter((pl.col.am != NOTHING_DUE) | (pl.col.pm != NOTHING_DUE))
        .with_columns(pl.col.pupil.set_sorted())
    )


def _table() -> pl.Series:
    """Return what every pair of marks is, packed: the bits of the day, then two bits each for the three counts."""
    packed = [
        bits | attended << 8 | possible << 10 | standing << 12
        for bits, attended, possible, standing in (pair(am, pm) for am in BYTES for pm in BYTES)
    ]
    return pl.Series(packed, dtype=pl.UInt16)


def _tuned(frame: pl.DataFrame, table: pl.Series) -> pl.DataFrame:
    """Look every day up by its pair of marks, then count the days after the last break among the few absent ones."""
    what, day = pl.col.what, pl.col.day
    days = (
        frame.lazy()
        .select("pupil", "day", what=pl.lit(table).gather(pl.col.am.cast(pl.UInt32) * len(BYTES) + pl.col.pm))
        .collect()
    )
    pupils = (
        days.lazy()
        .group_by("pupil", maintain_order=True)
        .agg(
            absent_break=pl.when((what & ABSENT_BREAK) != 0).then(day).max(),
            unexplained_break=pl.when((what & UNEXPLAINED_BREAK) != 0).then(day).max(),
            attended=((what // 256) & 3).sum(),
            possible=((what // 1024) & 3).sum(),
            standing=pl.when(day <= CHASED).then(what // 4096).sum(),
        )
        .collect()
    )
    after = (
        days.lazy()
        .filter((what & (ABSENT | UNEXPLAINED)) != 0)
        .join(pupils.lazy().select("pupil", "absent_break", "unexplained_break"), on="pupil", how="left")
        .group_by("pupil")
        .agg(
            absent=(((what & ABSENT_MASK) == ABSENT) & _is_after("absent_break")).sum(),
            unexplained=(((what & UNEXPLAINED_MASK) == UNEXPLAINED) & _is_after("unexplained_break")).sum(),
        )
    )
    return (
        pupils.lazy()
        .join(after, on="pupil", how="left", maintain_order="left")
        .select("pupil", "attended", "possible", pl.col("absent", "unexplained", "standing").fill_null(0))
        .collect()
    )


def _is_after(last: str) -> pl.Expr:
    return (pl.col.day > pl.col(last)) | pl.col(last).is_null()


def _plain(frame: pl.DataFrame) -> pl.DataFrame:
    """Say what a day of absence is, and count those after the last break of each pupil, in one group_by."""

    def either(kind: str) -> pl.Expr:
        return pl.col.am.is_in(codes(kind)) | pl.col.pm.is_in(codes(kind))

    def count(kind: str) -> pl.Expr:
        return pl.col.am.is_in(codes(kind)).cast(pl.UInt8) + pl.col.pm.is_in(codes(kind)).cast(pl.UInt8)

    def running(kind: str) -> pl.Expr:
        return (pl.col(kind) & (day > day.filter(pl.col(f"{kind}_break")).max().fill_null(-1))).sum()

    day = pl.col.day.cast(pl.Int16)
    is_known = ~either("missing")
    return (
        frame.lazy()
        .select(
            "pupil",
            "day",
            absent=either("absent") & ~either("absent_break") & is_known,
            absent_break=either("absent_break"),
            unexplained=either("unexplained") & ~either("unexplained_break") & is_known,
            unexplained_break=either("unexplained_break"),
            attended=count("attended"),
            possible=count("possible"),
            standing=pl.when(day <= CHASED).then(count("is_n")).otherwise(0),
        )
        .group_by("pupil", maintain_order=True)
        .agg(
            absent=running("absent"),
            unexplained=running("unexplained"),
            attended=pl.col.attended.sum(),
            possible=pl.col.possible.sum(),
            standing=pl.col.standing.sum(),
        )
        .collect()
    )
