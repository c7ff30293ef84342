"""contacts.csv: which role of which organisation is reached where, and on what agreement."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from config.checking import known, parse
from config.fields import Day, Email, Table, Text
from config.models import Destination, Role
from config.problems import Findings
from config.safety import Safety, domain_of, outside
from config.sheets import Row, Sheet, read_sheet

FILE = "contacts.csv"


class Contact(Table):
    """One recipient: a role at an organisation, and the destination (with an address, where it needs one)."""

    role: Role = Field(description="a role, as local_authority")
    organisation: Text = Field(description="an authority's code, a commissioner's id, a URN or the provider's id")
    destination: Text = Field(description="the id of a [[destination]] in relay.toml")
    address: Email | None = Field(None, description="the email address")
    legal_basis: Text | None = Field(None, description="the legal basis on which pupils' data goes there")
    agreement: Text | None = Field(None, description="the reference of the data sharing agreement")
    agreed_on: Day | None = Field(None, description="the date of the agreement")
    confirmed_on: Day | None = Field(None, description="when somebody last made sure that the address is right")

    @property
    def key(self) -> str:
        """What a worker's column in placements.csv names: the address, or the destination where it has none."""
        return self.address or self.destination


COLUMNS = tuple(Contact.model_fields)
Contacted = tuple[Row, Contact]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """Where messages can go, as relay.toml says: every destination by its id, nothing where one is not in order.

    ``own_id`` is the provider's id, whose own staff need no agreement.
    """

    destinations: Mapping[str, Destination | None]
    addressed: Collection[str]
    own_id: str
    safety: Safety


def read_contacts(folder: Path, ends: Ends, findings: Findings) -> tuple[Sheet, list[Contact]]:
    """Return the sheet, and the rows of it that are in order by themselves and say something of their own."""
    sheet = read_sheet(folder / FILE, FILE, COLUMNS, findings)
    contacts = [(row, made) for row in sheet.rows if (made := _contact(row, sheet, ends)) is not None]
    _duplicates(sheet, contacts)
    if sheet.is_empty:
        sheet.warn(0, "", "holds nobody yet: no notice can reach anyone")
    return sheet, [contact for _, contact in contacts]


def _contact(row: Row, sheet: Sheet, ends: Ends) -> Contact | None:
    cells = {column: row.cells[column] for column in COLUMNS if column in row.cells}
    if (end := cells.get("destination")) and (
        message := known(end, ends.destinations, what="destination of relay.toml")
    ):
        sheet.problem(row.number, "destination", message)
    made = parse(Contact, cells, lambda column, message: sheet.problem(row.number, column, message))
    if made is not None:
        for column, message in _doubts(made, ends):
            sheet.problem(row.number, column, message)
    return made


def _doubts(made: Contact, ends: Ends) -> Iterator[tuple[str, str]]:
    destination = ends.destinations.get(made.destination)
    if destination is not None and destination.channel in ends.addressed:
        if made.address is None:
            yield "address", f"is missing: destination {destination.id} sends to an address"
    elif destination is not None and made.organisation != destination.organisation:
        # Without an address of its own the message lands wherever the destination points.
        yield "organisation", f"is not the organisation of destination {destination.id}: its notices would go astray"
    if made.address and not ends.safety.allows(domain_of(made.address)):
        yield "address", outside()
    if made.organisation != ends.own_id:
        for column in ("legal_basis", "agreement", "agreed_on"):
            if getattr(made, column) is None:
                yield column, "is missing: nothing about a pupil leaves the provider without it"


def _duplicates(sheet: Sheet, contacts: list[Contacted]) -> None:
    first: dict[tuple[str, str, str], int] = {}
    for row, contact in contacts:
        key = (contact.role, contact.organisation, contact.key)
        if key in first:
            sheet.problem(row.number, "", f"says the same as row {first[key]}: remove one")
        first.setdefault(key, row.number)
