"""What is wrong with single lines of the input: said at once, counted, and the rest goes on."""

from collections.abc import Callable


class Troubles:
    """Says each trouble as ``marks.csv: line 7: ...`` and counts those that left a line out."""

    def __init__(self, say: Callable[[str], object]) -> None:
        """``say`` takes one line for a person."""
        self._say = say
        self.count = 0

    def line(self, file: str, line: int, message: str) -> None:
        """Say why a line was left out."""
        self.count += 1
        self._say(f"{file}: line {line}: {message}")

    def remark(self, text: str) -> None:
        """Say what a person should look at; nothing is lost by it."""
        self._say(text)
