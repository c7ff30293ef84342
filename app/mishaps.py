"""What is said of a failure that nobody foresaw: its kind and its place, never its text, which may quote a pupil."""

from pathlib import Path
from types import TracebackType


def unforeseen(failure: Exception) -> str:
    """Return one sentence about a failure in this program."""
    place = f" at {place_of(failure.__traceback__)}" if failure.__traceback__ else ""
    return f"failed unexpectedly: {type(failure).__name__}{place}; nothing of it was kept, please report it"


def place_of(trace: TracebackType) -> str:
    """Return the file and line in which a failure arose."""
    while trace.tb_next:
        trace = trace.tb_next
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
