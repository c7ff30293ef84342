"""layouts/NAME.toml: how the daily feed's file looks to one receiver."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from config.checking import parse
from config.documents import read_document
from config.fields import Table, Text
from config.problems import Findings

#: The layout that is the published format itself.
STANDARD = "attendance-daily-1.0"


class LayoutColumn(Table):
    """One column of the file. What ``source`` may be is checked where the columns of the format are known."""

    name: Text = Field(description="what stands in the header")
    source: Text | None = Field(None, alias="from", description="the column of attendance-daily/1.0 it comes from")
    constant: str | None = Field(None, description="what it always holds")
    session: Literal["AM", "PM"] | None = Field(None, description='"AM" or "PM", in a row of a day')
    identity: bool = Field(default=False, description="true: only where the destination's profile is identity")


class LayoutFile(Table):
    """One layout as an operator writes it."""

    says: Text = Field(description="whose layout this is and where it was agreed, in a sentence")
    rows: Literal["session", "day"] = Field("session", description='"session" or "day": what a row is about')
    header: bool = Field(default=True, description="whether the first row names the columns")
    delimiter: Literal["comma", "semicolon", "tab", "pipe"] = Field("comma", description="what stands between cells")
    newline: Literal["crlf", "lf"] = Field("crlf", description="how a line ends")
    encoding: Literal["utf-8", "utf-8-sig"] = Field("utf-8", description='"utf-8-sig" begins with the mark Excel wants')
    date: Text = Field("%Y-%m-%d", description="how dates are written, as %d/%m/%Y")
    time: Text = Field("%H:%M", description="how times of day are written")
    instant: Text = Field("%Y-%m-%dT%H:%M:%SZ", description="how instants are written")
    instants_in: Literal["utc", "local"] = Field("utc", description='"utc" or "local": whose clock')
    file_name: Text = Field(
        "attendance-daily_1.0_{sender}_{destination}_{date:%Y%m%d}_{sequence:06}_r{revision}.csv",
        description="the file's name, with {sequence} in it",
    )
    manifest: bool = Field(default=True, description="whether a manifest is sent beside the file")
    guards_names: bool = Field(
        default=True, description="whether a name that looks like a formula begins with an apostrophe"
    )
    codes: dict[str, dict[str, str]] = Field(default_factory=dict, description="a column's words and what they become")
    column: Annotated[tuple[dict[str, Any], ...], Field(strict=False, min_length=1)] = Field(
        description="a [[column]] table for each column, in order"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """One layout and its columns, each of which is in order by itself."""

    file: LayoutFile
    columns: tuple[LayoutColumn, ...]


def read_layouts(files: Mapping[str, tuple[Path, str]], findings: Findings) -> dict[str, Layout]:
    """Return each layout by its file's stem."""
    layouts = {}
    for stem, (path, name) in files.items():
        document = read_document(path, name, findings)
        file = parse(LayoutFile, document.content, document.problem) if document else None
        if document is None or file is None:
            continue
        columns = [
            parse(LayoutColumn, raw, document.within(f"column[{number}]"))
            for number, raw in enumerate(file.column, start=1)
        ]
        layouts[stem] = Layout(file=file, columns=tuple(column for column in columns if column is not None))
    return layouts
