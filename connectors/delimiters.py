"""Which delimiter a CSV file is really divided by, where the profile's makes no sense of it."""

from typing import BinaryIO

import msgspec

from connectors.base import Malformed
from connectors.headers import find_header
from connectors.profiles import Profile
from connectors.tables import Content, opened

_WORDS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "upright bars"}


def fitting_delimiter(file: BinaryIO, content: Content, profile: Profile) -> str | None:
    """Name the delimiter with which the header would be found, and what to set; none where no other would do."""
    for delimiter, word in _WORDS.items() if profile.format == "csv" else ():
        other = msgspec.structs.replace(profile, delimiter=delimiter)
        try:
            with opened(file, content, other) as table:
                find_header(next(table.batches, []), other)
        except Malformed:
            continue
        written = delimiter.replace("\t", "\\t")
        return f'{word}: set the profile\'s delimiter to "{written}"'
    return None
