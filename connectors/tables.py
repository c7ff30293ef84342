"""CSV and XLSX files as rows of text, in one pass and some rows at a time."""

import codecs
import contextlib
import csv
import hashlib
import io
import zipfile
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice
from typing import BinaryIO

import openpyxl

from connectors.base import Malformed
from connectors.profiles import Profile
from connectors.values import EXCEL_ZERO

#: Rows in their order, cells as text; blank rows too, so that a row's place is the number a spreadsheet gives it.
Batch = list[list[str]]
#: Few enough that their cells stay in the processor's cache. The first batch is as long as a header is looked for.
BATCH_ROWS = 64
_CHUNK = 1 << 20
#: What an XLSX may unpack to; a small file that unpacks to more is an attack or a mistake.
_MAX_UNPACKED = 1 << 30


@dataclass(frozen=True, slots=True)
class Content:
    """What one pass over the bytes tells: which file it is, and how its text is written.

    ``is_open``: the text ends without a line end, so that its last row may be the beginning of a longer one.
    ``is_cut``: its last character is half of one, and all before it is UTF-8.
    """

    sha256: str
    encoding: str
    start: bytes
    has_zeros: bool
    is_open: bool
    is_cut: bool


def look(file: BinaryIO) -> Content:
    """Read a file once without keeping it."""
    digest, utf8 = hashlib.sha256(), codecs.getincrementaldecoder("utf-8-sig")()
    start, end, encoding, has_zeros = b"", b"", "utf-8-sig", False
    file.seek(0)
    while chunk := file.read(_CHUNK):
        start, end = start or chunk[:64], (end + chunk[-2:])[-2:]
        digest.update(chunk)
        has_zeros = has_zeros or b"\0" in chunk
        encoding = encoding if _decodes(utf8, chunk) else "windows-1252"
    is_cut = encoding == "utf-8-sig" and not _decodes(utf8, b"", final=True)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    # A line end of UTF-16 has a zero byte before or after it.
    is_open = not end.strip(b"\0").endswith((b"\n", b"\r"))
    return Content(digest.hexdigest(), encoding, start, has_zeros, is_open, is_cut)


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one file, still unread, and the day 0 from which its serial dates count.

    ``is_open``: the last row may be cut.
    """

    batches: Generator[Batch, None, None]
    zero: date = EXCEL_ZERO
    is_open: bool = False


@contextlib.contextmanager
def opened(file: BinaryIO, content: Content, profile: Profile) -> Iterator[Table]:
    """Read a file from its beginning as the profile says it is written; the file itself stays open.

    Raises ``Malformed`` where it is something else, at once or while its rows are read.
    """
    _check_kind(content.start, profile)
    file.seek(0)
    if profile.format == "csv":
        with contextlib.closing(_csv(file, content, profile)) as batches:
            yield Table(batches, is_open=content.is_open and not profile.ends_open)
    else:
        with contextlib.closing(_workbook(file)) as book, contextlib.closing(_xlsx(book, profile)) as batches:
            yield Table(batches, book.epoch.date())


def _check_kind(start: bytes, profile: Profile) -> None:
    is_workbook = start.startswith(b"PK\x03\x04")
    if start.lstrip().lower().startswith((b"<!doctype", b"<html", b"<?xml", b"{")):
        raise Malformed("this is a web page or a message, not a table: export the file again")
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise Malformed("this is an old .xls workbook: have it saved as .xlsx or .csv")
    if is_workbook != (profile.format == "xlsx"):
        found = "a workbook" if is_workbook else "no workbook"
        raise Malformed(f'this is {found}, but the profile says format = "{profile.format}"')


def _csv(file: BinaryIO, content: Content, profile: Profile) -> Generator[Batch, None, None]:
    encoding = content.encoding if profile.encoding == "auto" else profile.encoding
    if content.has_zeros and encoding != "utf-16":
        # Some servers fill the end of an upload that broke off with zero bytes.
        raise Malformed("the file holds zero bytes: it was not written to its end; have it sent again")
    # Half a character at the end spoils the row that it ends, and no other.
    is_cut = content.is_cut and encoding == "utf-8-sig"
    text = io.TextIOWrapper(file, encoding, errors="replace" if is_cut else "strict", newline="")
    read, batch = 0, Batch()
    try:
        rows = csv.reader(text, delimiter=profile.delimiter, strict=True)
        while True:
            batch = Batch()
            # Filled in place: what came before a row that cannot be read is counted.
            batch.extend(islice(rows, BATCH_ROWS if read else profile.header_within))
            if not batch:
                return
            yield batch
            read += len(batch)
    except csv.Error:
        after = read + len(batch)
        raise Malformed(f"the quotation marks after row {after} do not match: export the file again") from None
    except UnicodeError:
        after = read + len(batch)
        raise Malformed(f"the text after row {after} is not {encoding}: set the profile's encoding") from None
    finally:
        text.detach()


def _workbook(file: BinaryIO) -> openpyxl.Workbook:
    try:
        _check_unpacked(file)
        return openpyxl.load_workbook(file, read_only=True, data_only=True)
    except Malformed:
        raise
    except Exception:  # noqa: BLE001 - openpyxl raises whatever a broken workbook makes it stumble over
        raise Malformed("the workbook cannot be read after row 0: export it again") from None


def _xlsx(book: openpyxl.Workbook, profile: Profile) -> Generator[Batch, None, None]:
    read, width = 0, 0
    rows = _sheet_rows(book, profile.sheet)
    while True:
        try:
            found = list(islice(rows, BATCH_ROWS if read else profile.header_within))
        except Malformed:
            raise
        except Exception:  # noqa: BLE001 - openpyxl raises whatever a broken workbook makes it stumble over
            raise Malformed(f"the workbook cannot be read after row {read}: export it again") from None
        if not found:
            return
        width = max(width, *map(len, found))
        yield [[_text(cell) for cell in row] + [""] * (width - len(row)) for row in found]
        read += len(found)


def _sheet_rows(book: openpyxl.Workbook, name: str | None) -> Iterator[tuple[object, ...]]:
    if name is not None and name not in book.sheetnames:
        raise Malformed(f"the workbook has no sheet {name!r}: correct the profile's sheet")
    sheet = book.worksheets[0] if name is None else book[name]
    # Some programs write a wrong extent; the rows themselves are right, though each ends at its last cell.
    sheet.reset_dimensions()
    yield from sheet.iter_rows(values_only=True)


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
