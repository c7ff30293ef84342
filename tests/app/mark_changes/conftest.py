"""A school on the Slate, where an N of Monday still stands on the Monday after: one change is proposed."""

import pytest

from app.mark_changes import answering
from app.people.messages import Word
from tests.app.builders import Stand
from tests.app.mark_changes.slate import Slate, registered
from tests.builders import session

MONDAY = "Mon 2026-11-02"
ON_THE_SLATE = {
    'platform = "clm"': 'platform = "slate"\nwrite_back = true',
    'folder         = "{folder}/drop"\n  settle_seconds = 0': 'path = "{folder}/slate.json"',
}


class School(Stand):
    """A stand whose school is on the Slate; ``text`` are the marks of p1 for two weeks from Monday 2 November."""

    def __init__(self, folder, *, text=r"N\ /\*9", **given):
        super().__init__(folder, **given)
        for before, after in ON_THE_SLATE.items():
            self.toml = self.toml.replace(before, after)
        self.slate = Slate(folder / "slate.json")
        if not self.slate.load()["rows"]:
            self.slate.show(1, MONDAY, text)
            self.slate.show(2, MONDAY, r"/\*10")

    def proposed(self):
        """Come to the evening of the fifth school day after, when the change is proposed."""
        self.pulled("Mon 2026-11-09 15:45")
        self.judged("Mon 2026-11-09 16:00")
        return self

    def approved(self, code="O", at="Tue 2026-11-10 10:00", **word):
        """Have it proposed, and approved the next morning."""
        self.proposed().at(at)
        return self.approve(code, **word)

    def approve(self, code="O", by="A Clerk", note="granted by the head"):
        assert answering.approve(self.relay, self.change.id, code, Word(by=by, note=note)).is_ok
        return self

    def let_go(self):
        """Close the database, as before a fork; it is opened again when it is needed."""
        if self._relay is not None:
            self._relay.close()
            self._relay = None

    def refuse(self, by="A Clerk", note="the family is to be asked again"):
        return answering.refuse(self.relay, self.change.id, Word(by=by, note=note))

    def pulls(self, *moments: str) -> list[str]:
        """Pull at each of these times; return the state of the change after each."""
        return [self.pulled(each) and self.change.state for each in moments]

    @property
    def changes(self):
        rows = self.store._connection.rows("SELECT id FROM mark_change ORDER BY day, half, seq")
        return [self.store.mark_changes.get(name) for (name,) in rows]

    @property
    def change(self):
        [one] = self.changes
        return one

    @property
    def written(self):
        """What the Slate was asked to write: (platform id, session, code)."""
        return [tuple(row[1:]) for row in self.slate.load()["written"]]

    @property
    def history(self) -> list[str]:
        return [f"{step.state} by {step.said_by}" for step in self.store.mark_changes.steps(self.change.id)]

    def asked(self) -> list[str]:
        """Return what is open as a task about the change."""
        return [task.says for task in self.store.tasks.open() if task.about == self.change.id]


@pytest.fixture
def monday_am():
    """The session whose N still stands."""
    return session(f"{MONDAY} AM")


@pytest.fixture
def school(tmp_path):
    with registered():
        opened = School(tmp_path)
        yield opened
        opened.close()


@pytest.fixture
def make(tmp_path):
    """Build a school to order; it is closed when the test ends."""
    made = []
    with registered():
        yield lambda **given: made.append(School(tmp_path, **given)) or made[-1]
        for each in made:
            each.close()
