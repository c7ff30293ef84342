"""Reading a text file that a person edited: Windows line ends and a byte order mark do no harm, the rest is said."""

from pathlib import Path

from config.problems import Findings


def read_text(path: Path, name: str, findings: Findings) -> str | None:
    """Return the text of a file, or nothing when it cannot be used, which is then among the findings."""
    findings.opened(name)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        findings.problem(name, "", "is missing: add it (`attendance-relay init DIR` writes one to start from)")
        return None
    except OSError as refused:
        findings.problem(name, "", f"cannot be read ({refused.strerror}): give the relay's user permission to read it")
        return None
    return _decoded(data, name, findings)


def _decoded(data: bytes, name: str, findings: Findings) -> str | None:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        line = data.count(b"\n", 0, wrong.start) + 1
        how = "choose 'CSV UTF-8 (Comma delimited)' in Excel" if name.endswith(".csv") else "choose UTF-8 in the editor"
        findings.problem(name, f"line {line}", f"is not UTF-8 text: save the file again and {how}")
        return None
    if not text.strip():
        findings.problem(name, "", "is empty: fill it in (`attendance-relay init DIR` writes one to start from)")
        return None
    return text
