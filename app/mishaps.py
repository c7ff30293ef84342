"""What is said of a failure that nobody foresaw: its kind and its place, never its text, which may quote a pupil."""

from pathlib import Path


def unforeseen(failure: Exception) -> str:
    """Return one sentence about a failure in this program."""
    trace = failure.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f" at {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
    return f"failed unexpectedly: {type(failure).__name__}{place}; nothing of it was kept, please report it"
