"""The facts by DuckDB, on one thread, in memory."""

import tempfile
from pathlib import Path

import duckdb

from benchmarks.peers import (
    ABSENT,
    ABSENT_BREAK,
    ABSENT_MASK,
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

_FACTS = "SELECT absent, unexplained, attended, possible, standing FROM facts ORDER BY pupil"

#: A day is looked up by its pair of marks; the days after the last break are counted among the few absent ones.
_TUNED = f"""
    CREATE OR REPLACE TEMP TABLE facts AS
    WITH pupils AS (
        SELECT pupil,
               max(CASE WHEN what & {ABSENT_BREAK} <> 0 THEN day END) AS absent_break,
               max(CASE WHEN what & {UNEXPLAINED_BREAK} <> 0 THEN day END) AS unexplained_break,
               sum(attended) AS attended, sum(possible) AS possible,
               sum(standing) FILTER (day <= {CHASED}) AS standing
        FROM marks JOIN pairs USING (am, pm) GROUP BY pupil
    ), after AS (
        SELECT pupil,
               count(*) FILTER (what & {ABSENT_MASK} = {ABSENT} AND day > absent_break) AS absent,
               count(*) FILTER (what & {UNEXPLAINED_MASK} = {UNEXPLAINED} AND day > unexplained_break) AS unexplained
        FROM marks
        JOIN (SELECT am, pm, what FROM pairs WHERE what & {ABSENT | UNEXPLAINED} <> 0) USING (am, pm)
        JOIN (SELECT pupil, coalesce(absent_break::SMALLINT, -1) AS absent_break,
                     coalesce(unexplained_break::SMALLINT, -1) AS unexplained_break FROM pupils) USING (pupil)
        WHERE day > absent_break OR day > unexplained_break
        GROUP BY pupil
    )
    SELECT pupil, coalesce(absent, 0) AS absent, coalesce(unexplained, 0) AS unexplained,
           attended, possible, coalesce(standing, 0) AS standing
    FROM pupils LEFT JOIN after USING (pupil)
"""


def _plain() -> str:
    """Say what a day of absence is, and count those after the last break of each pupil."""

    def either(kind: str) -> str:
        listed = ", ".join(map(str, codes(kind)))
        return f"(am IN ({listed}) OR pm IN ({listed}))"

    def count(kind: str) -> str:
        listed = ", ".join(map(str, codes(kind)))
        return f"((am IN ({listed}))::UTINYINT + (pm IN ({listed}))::UTINYINT)"

    return f"""
        CREATE OR REPLACE TEMP TABLE facts AS
        WITH days AS MATERIALIZED (
            SELECT pupil, day,
                   {either("absent")} AND NOT {either("absent_break")} AND NOT {either("missing")} AS is_absent,
                   {either("absent_break")} AS absent_break,
                   {either("unexplained")} AND NOT {either("unexplained_break")} AND NOT {either("missing")}
                       AS is_unexplained,
                   {either("unexplained_break")} AS unexplained_break,
                   {count("attended")} AS attended, {count("possible")} AS possible,
                   CASE WHEN day <= {CHASED} THEN {count("is_n")} ELSE 0 END AS standing
            FROM marks
        ), pupils AS (
            SELECT pupil, max(day) FILTER (absent_break) AS last_absent_break,
                   max(day) FILTER (unexplained_break) AS last_unexplained_break,
                   sum(attended) AS attended, sum(possible) AS possible, sum(standing) AS standing
            FROM days GROUP BY pupil
        )
        SELECT pupil,
               count(*) FILTER (is_absent AND day > coalesce(last_absent_break::SMALLINT, -1)) AS absent,
               count(*) FILTER (is_unexplained AND day > coalesce(last_unexplained_break::SMALLINT, -1)) AS unexplained,
               any_value(pupils.attended) AS attended, any_value(pupils.possible) AS possible,
               any_value(pupils.standing) AS standing
        FROM days JOIN pupils USING (pupil) GROUP BY pupil
    """


def open_peer(path: Path) -> Peer:
    connection = duckdb.connect()
    _load(connection, path)
    connection.execute("SET threads = 1")
    plain = _plain()
    return Peer(
        {"tuned": lambda: connection.execute(_TUNED), "plain": lambda: connection.execute(plain)},
        lambda _: connection.execute(_FACTS).fetchall(),
    )


def _load(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    with tempfile.NamedTemporaryFile("wb", suffix=".txt") as file:
        file.writelines(b"%d %b\n" % (number, marks) for number, marks in enumerate(rows(path)))
        file.flush()
        connection.execute(
            f"""
            CREATE TABLE marks AS
            SELECT pupil, day::UTINYINT AS day, am, pm FROM (
                SELECT pupil, day, ascii(marks[2 * day + 1])::UTINYINT AS am, ascii(marks[2 * day + 2])::UTINYINT AS pm
                FROM read_csv(?, columns = {{'pupil': 'UINTEGER', 'marks': 'VARCHAR'}}, header = false,
                              delim = ' ', quote = '', escape = ''), range({DAYS}) AS days (day)
            ) WHERE am <> {NOTHING_DUE} OR pm <> {NOTHING_DUE} ORDER BY pupil, day
            """,
            [file.name],
        )
    connection.execute(
        "CREATE TABLE pairs (am UTINYINT, pm UTINYINT, what UTINYINT, attended UTINYINT, possible UTINYINT,"
        " standing UTINYINT)"
    )
    # Only pairs that stand in the marks: a smaller table to look them up in.
    found = connection.execute("SELECT DISTINCT am, pm FROM marks").fetchall()
    connection.executemany("INSERT INTO pairs VALUES (?, ?, ?, ?, ?, ?)", [(am, pm, *pair(am, pm)) for am, pm in found])
