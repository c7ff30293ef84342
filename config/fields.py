"""The kinds of value an operator writes, each with the sentence that helps when it is wrong.

No message quotes the value: it may be a pupil's, or a secret in the wrong place.
"""

import re
from datetime import date, time
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from config.problems import PLACEHOLDER

_ID = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
_PUPIL_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_URN = re.compile(r"[1-9][0-9]{5}")
_LA_CODE = re.compile(r"[2-9][0-9]{2}")
_LAESTAB = re.compile(r"[2-9][0-9]{2}/?[0-9]{4}")
# Deliberately narrow: an address goes into mail headers, so no spaces, quotes, brackets or control characters.
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_LISTEN = re.compile(r"(?:[A-Za-z0-9.-]+|\[[0-9a-fA-F:.]+\]):(?P<port>[0-9]{1,5})")
_CLOCK = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")


class Table(BaseModel):
    """One table of a TOML file or one row of a CSV file: fixed keys, nothing else, never changed afterwards."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, str_strip_whitespace=True)


def _shape(pattern: re.Pattern[str], advice: str) -> AfterValidator:
    def check(text: str) -> str:
        if not pattern.fullmatch(text):
            raise ValueError(advice)
        return text

    return AfterValidator(check)


def _day(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValueError("is not a date as 2026-09-02: format the column or value as YYYY-MM-DD") from None
    if type(value) is not date:
        raise ValueError("is not a date as 2026-09-02: write year, month and day")
    return value


def _clock(value: Any) -> Any:
    if not isinstance(value, str) or not _CLOCK.fullmatch(value):
        raise ValueError('is not a time of day: write hours and minutes in quotes, as "09:30"')
    return time.fromisoformat(value)


def _listen(text: str) -> str:
    found = _LISTEN.fullmatch(text)
    if not found or not 1 <= int(found["port"]) <= 65535:
        raise ValueError('is not an address with a port: write it as "127.0.0.1:9300"')
    return text


Text = Annotated[str, Field(min_length=1)]
Id = Annotated[str, _shape(_ID, "is not an id: use small letters, digits and hyphens, as swift-learning")]
PupilId = Annotated[
    str, _shape(_PUPIL_ID, "is not a pupil id: use letters, digits, '.', '_' and '-', and never the pupil's name")
]
Urn = Annotated[str, _shape(_URN, "is not a URN: it has 6 digits (get-information-schools.service.gov.uk)")]
LaCode = Annotated[str, _shape(_LA_CODE, "is not a local authority code: it has 3 digits, as 331 for Coventry")]
Laestab = Annotated[str, _shape(_LAESTAB, "is not a LAESTAB: it has 7 digits, as 937/4000")]
Email = Annotated[str, _shape(_EMAIL, "is not an email address")]
ListenAddress = Annotated[str, AfterValidator(_listen)]
Day = Annotated[date, BeforeValidator(_day)]
Clock = Annotated[time, BeforeValidator(_clock)]


def is_placeholder(value: object) -> bool:
    """Whether a value is still what ``init`` wrote for the operator to replace."""
    return isinstance(value, str) and PLACEHOLDER in value
