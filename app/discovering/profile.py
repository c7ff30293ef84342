"""A profile for a file whose columns are called otherwise: the nearest names, as a proposal that a person compares."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping

from app.discovering.proposed import Proposed, base_of
from app.reading import Site
from connectors.likely_columns import nearest
from connectors.profiles import Profile, read_profile
from connectors.values import normal

_KEY = re.compile(r"^\s*(\w+)(\s*=\s*)")
_HEAD = "# A proposal of `attendance-relay discover`: compare it with a file of the school before it is used.\n"
#: A file may lack these, if a reference or a UPN is there.
_OPTIONAL = frozenset({"platform_id", "upn", "minutes_late", "end", "surname", "date_of_birth"})


def proposed_profile(site: Site, name: str, columns: tuple[str, ...]) -> Proposed | None:
    """Return the profile with the columns that the file has; none where the profile fits or nothing is like it."""
    profile = read_profile(name, site.operator.library.profiles)
    missing = missing_fields(profile, columns)
    found = nearest(_unclaimed(profile, columns), missing)
    if not found:
        return None
    base = base_of(site.operator.folder, "profiles", name, ".toml")
    text = _HEAD + "".join(_rewritten(base.text, missing, found))
    if tomllib.loads(text).get("columns") == tomllib.loads(base.text).get("columns"):
        return None
    stem = name if base.is_own else site.id
    then = "" if base.is_own else f'then write profile = "{stem}" below [school.connector] in relay.toml'
    return Proposed(name=f"profiles/{stem}.toml", text=text, base=base, then=then)


def missing_fields(profile: Profile, columns: tuple[str, ...]) -> list[str]:
    """Return the fields of a profile that no column of the file is called after."""
    there = set(map(normal, columns))
    names = {field: profile.columns.names(field) for field in profile.columns.__struct_fields__}
    return [field for field, wanted in names.items() if wanted and there.isdisjoint(map(normal, wanted))]


def _unclaimed(profile: Profile, columns: tuple[str, ...]) -> list[str]:
    fields = profile.columns.__struct_fields__
    claimed = {normal(name) for field in fields for name in profile.columns.names(field)}
    return [column for column in columns if normal(column) not in claimed]


def _rewritten(text: str, missing: list[str], found: Mapping[str, str]) -> Iterator[str]:
    """Yield the profile's lines, those of its [columns] with what the file has."""
    table = ""
    for line in text.splitlines(keepends=True):
        if line.startswith("["):
            table = line.strip()
        key = _KEY.match(line) if table == "[columns]" else None
        if key is None or key[1] not in missing:
            yield line
        elif key[1] in found:
            yield f"{key[1]}{key[2]}{json.dumps(found[key[1]], ensure_ascii=False)}\n"
        elif key[1] in _OPTIONAL:
            yield f"# {line.partition('#')[0].rstrip()} # the file has no column like it\n"
        else:
            yield f"{line.rstrip()} # the file has no column like it: ask which it is\n"
