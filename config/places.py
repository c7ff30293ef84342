"""Where things stand in a TOML file, for messages that name a line: parsing keeps the values and forgets the lines."""

import re
from collections.abc import Iterator

#: Strings of all four kinds and comments: whatever stands inside them is not structure.
_OPAQUE = re.compile(
    r'"""(?:\\.|[^\\])*?"""|\'\'\'.*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#[^\n]*',
    re.DOTALL,
)
_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_ITEM = re.compile(r" {2,4}\S")
_GAP = re.compile(r" {2,}")
_KEY = re.compile(r"""^\s*((?:[\w.-]|"[^"]*"|'[^']*'|\s)+?)\s*=""")


class Places:
    """The line of every table and key of one file, by paths such as ``rule[3].then[1].to`` (counted from one)."""

    def __init__(self, text: str) -> None:
        """``text`` is the file as written; one that is not TOML gives what lines can be made out."""
        self._lines: dict[str, int] = {}
        self._counts: dict[str, int] = {}
        prefix = ""
        for number, line in _outer_lines(text):
            if header := _HEADER.match(line):
                prefix = self._table(_names(header[2]), is_array=header[1] == "[[")
                self._lines.setdefault(prefix, number)
            elif key := _KEY.match(line):
                self._lines.setdefault(".".join(filter(None, (prefix, *_names(key[1])))), number)

    def line(self, path: str) -> int:
        """Return the line of a key, else of the nearest table around it, else 1."""
        while path and path not in self._lines:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self._lines.get(path, 1)

    def _table(self, names: list[str], *, is_array: bool) -> str:
        """Return the path of a header: inside an array of tables it means the last one begun."""
        path = ""
        for name in names[:-1]:
            path = self._last(f"{path}.{name}" if path else name)
        path = f"{path}.{names[-1]}" if path else names[-1]
        if not is_array:
            return path
        self._counts[path] = self._counts.get(path, 0) + 1
        return self._last(path)

    def _last(self, path: str) -> str:
        return f"{path}[{self._counts[path]}]" if path in self._counts else path


def remarks(text: str) -> list[str]:
    """Return the comments as their author meant them: those on lines of their own that follow each other as one.

    An indented line begins an item of a list, which is a comment of its own.
    """
    found: list[str] = []
    is_open = False
    for line in _hidden(text).split("\n"):
        code, _, words = line.partition("#")
        is_item, said = bool(_ITEM.match(words)), words.strip()
        if said and is_open and not code.strip() and not is_item:
            found[-1] += f" {said}"
        elif said:
            found.append(_GAP.sub(": ", said, count=1) if is_item else said)
        is_open = bool(said) and not code.strip()
    return found


def _hidden(text: str) -> str:
    """Return the text with every string blotted out, so that what looks like structure is structure."""
    return _OPAQUE.sub(lambda found: found[0] if found[0][0] == "#" else re.sub(r"[^\n]", "_", found[0]), text)


def _outer_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield each line that begins a header or a key, not one inside a longer list, table or text."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    hidden = _OPAQUE.sub(lambda found: re.sub(r"[^\n]", "_", found[0]), text)
    # The lines of a text in three quotes are hidden whole, so that they look like no key.
    inside = {hidden.count("\n", 0, found.start()) + extra
              for found in _OPAQUE.finditer(text) for extra in range(1, found[0].count("\n") + 1)}  # fmt: skip
    depth = 0
    for number, (line, bare) in enumerate(zip(text.split("\n"), hidden.split("\n"), strict=True)):
        if depth == 0 and number not in inside and not line.lstrip().startswith("#"):
            yield number + 1, line
        if not (depth == 0 and _HEADER.match(line)):
            depth = max(0, depth + sum(map(bare.count, "[{")) - sum(map(bare.count, "]}")))


def _names(dotted: str) -> list[str]:
    return [name.strip().strip("\"'") for name in dotted.split(".")]
