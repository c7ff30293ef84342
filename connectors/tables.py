"""CSV and XLSX files as numbered rows of text, in one pass and a row at a time."""

import codecs
import contextlib
import csv
import hashlib
import io
import zipfile
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, BinaryIO

import openpyxl

from connectors.base import Malformed
from connectors.profiles import Profile

#: A row as a spreadsheet numbers it, from 1, and its cells as text.
NumberedRow = tuple[int, list[str]]
_CHUNK = 1 << 20
#: What an XLSX may unpack to; a small file that unpacks to more is an attack or a mistake.
_MAX_UNPACKED = 1 << 30


@dataclass(frozen=True, slots=True)
class Content:
    """What one pass over the bytes tells: which file it is, and how its text is written."""

    sha256: str
    encoding: str
    start: bytes
    has_zeros: bool


def look(file: BinaryIO) -> Content:
    """Read a file once without keeping it."""
    digest, utf8 = hashlib.sha256(), codecs.getincrementaldecoder("utf-8-sig")()
    start, encoding, has_zeros = b"", "utf-8-sig", False
    file.seek(0)
    while chunk := file.read(_CHUNK):
        start = start or chunk[:64]
        digest.update(chunk)
        has_zeros = has_zeros or b"\0" in chunk
        encoding = encoding if _decodes(utf8, chunk) else "windows-1252"
    if not _decodes(utf8, b"", final=True):
        encoding = "windows-1252"
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    return Content(digest.hexdigest(), encoding, start, has_zeros)


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def rows(file: BinaryIO, content: Content, profile: Profile) -> Generator[NumberedRow, None, None]:
    """Yield every row, blank ones too, and close the file at the end.

    Raises ``Malformed`` where the file is not what the profile says it is.
    """
    _check_kind(content.start, profile)
    file.seek(0)
    yield from _xlsx(file, profile) if profile.format == "xlsx" else _csv(file, content, profile)


def _check_kind(start: bytes, profile: Profile) -> None:
    is_workbook = start.startswith(b"PK\x03\x04")
    if start.lstrip().lower().startswith((b"<!doctype", b"<html", b"<?xml", b"{")):
        raise Malformed("this is a web page or a message, not a table: export the file again")
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise Malformed("this is an old .xls workbook: have it saved as .xlsx or .csv")
    if is_workbook != (profile.format == "xlsx"):
        found = "a workbook" if is_workbook else "no workbook"
        raise Malformed(f'this is {found}, but the profile says format = "{profile.format}"')


def _csv(file: BinaryIO, content: Content, profile: Profile) -> Iterator[NumberedRow]:
    encoding = content.encoding if profile.encoding == "auto" else profile.encoding
    if content.has_zeros and encoding != "utf-16":
        # Some servers fill the end of an upload that broke off with zero bytes.
        raise Malformed("the file holds zero bytes: it was not written to its end; have it sent again")
    number = 0
    try:
        with io.TextIOWrapper(file, encoding=encoding, newline="") as text:
            for number, row in enumerate(csv.reader(text, delimiter=profile.delimiter, strict=True), start=1):
                yield number, row
    except csv.Error:
        raise Malformed(f"the quotation marks after row {number} do not match: export the file again") from None
    except UnicodeError:
        raise Malformed(f"the text after row {number} is not {encoding}: set the profile's encoding") from None


def _xlsx(file: BinaryIO, profile: Profile) -> Iterator[NumberedRow]:
    number = 0
    try:
        _check_unpacked(file)
        with contextlib.closing(openpyxl.load_workbook(file, read_only=True, data_only=True)) as book:
            sheet = _sheet(book, profile.sheet)
            # Some programs write a wrong extent; the rows themselves are right, though each ends at its last cell.
            sheet.reset_dimensions()
            width = 0
            for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
                width = max(width, len(row))
                yield number, [_text(cell) for cell in row] + [""] * (width - len(row))
    except Malformed:
        raise
    except Exception:  # noqa: BLE001 - openpyxl raises whatever a broken workbook makes it stumble over
        raise Malformed(f"the workbook cannot be read after row {number}: export it again") from None


def _sheet(book: openpyxl.Workbook, name: str | None) -> Any:
    if name is None:
        return book.worksheets[0]
    if name not in book.sheetnames:
        raise Malformed(f"the workbook has no sheet {name!r}: correct the profile's sheet")
    return book[name]


def _check_unpacked(file: BinaryIO) -> None:
    with zipfile.ZipFile(file) as parts:
        if sum(part.file_size for part in parts.infolist()) > _MAX_UNPACKED:
            raise Malformed("the workbook unpacks to more than a gigabyte: have it sent as CSV")


def _text(cell: object) -> str:
    """Write a cell as a CSV of the same sheet would hold it, dates in ISO form."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ", "minutes")
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)
