"""From a platform's mark to the national code: a table per source, and quarantine for whatever it does not say."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from mapping.codes import CodeTable
from mapping.identity import Unmatched
from mapping.model import Half, Mark, Quarantined, SourceMark

#: In a source table: the row is no mark (an unmarked period, a placeholder); it is dropped, never "present".
NOT_A_MARK = "not_a_mark"
#: In a source table: late, to be told apart by minutes into L (register still open) or U (closed).
LATE = "late"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceCodes:
    """What one source's symbols mean, as an admin's table says: source symbol to national code.

    ``register_open_minutes`` is how long the register stays open, at most 30 (statutory guidance as restated by
    LAs; S3-08): arrival up to then is L, later is U.
    """

    table: Mapping[str, str]
    register_open_minutes: int = 30


Resolve = Callable[[str, str | None, date], str | Unmatched]


@dataclass(frozen=True, slots=True, kw_only=True)
class Normaliser:
    """Turns source marks into marks under one school's code table and crosswalk."""

    national: CodeTable
    codes: SourceCodes
    resolve: Resolve

    def __call__(self, source: SourceMark) -> Mark | Quarantined | None:
        """Return the mark, the quarantined row with its reason, or nothing where the source row is no mark."""
        code = self._code(source)
        if code == NOT_A_MARK:
            return None
        pupil_id = self.resolve(source.platform_id, source.upn, source.session.day)
        if isinstance(pupil_id, Unmatched):
            return _quarantined(source, pupil_id.reason)
        known = self.national.get(code) if code is not None else None
        if known is None:
            return _quarantined(source, f"code {source.code!r} is not in this school's code table: add it", pupil_id)
        if not known.is_valid_on(source.session.day):
            return _quarantined(source, self._out_of_force(known.code, source), pupil_id)
        return Mark(pupil_id=pupil_id, session=source.session, byte=self._byte(known.code, source.session.half))

    def _code(self, source: SourceMark) -> str | None:
        """Return the national code the source's symbol stands for; none when the table does not know it."""
        code = self.codes.table.get(source.code)
        if code not in {LATE, "L"} or source.minutes_late is None:
            return "L" if code == LATE else code
        return "L" if source.minutes_late <= self.codes.register_open_minutes else "U"

    def _byte(self, code: str, half: Half) -> int:
        # Platforms mix up the two strokes; both say "present", the half says which stroke is written.
        if code in {"/", "\\"}:
            code = "/" if half is Half.AM else "\\"
        return self.national[code].byte

    def _out_of_force(self, code: str, source: SourceMark) -> str:
        known = self.national[code]
        if known.valid_from and source.session.day < known.valid_from:
            return f"code {source.code!r} means {code}, which came into force on {known.valid_from}: correct the mark"
        instead = f" (now {', '.join(known.replaced_by)})" if known.replaced_by else ""
        return (
            f"code {source.code!r} means {code}, which was in force until {known.valid_to}{instead}: "
            "it is never converted; correct the mark at the source"
        )


def _quarantined(source: SourceMark, reason: str, pupil_id: str | None = None) -> Quarantined:
    return Quarantined(
        where=source.where,
        reason=reason,
        platform_id=source.platform_id,
        session=source.session,
        code=source.code,
        pupil_id=pupil_id,
        upn=source.upn,
        minutes_late=source.minutes_late,
    )
