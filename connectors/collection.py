"""The garbage collector, kept out of the way while a pull gathers hundreds of thousands of marks."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Pause the collector of cycles for the length of a pull, as a context or a decorator.

    Marks hold no cycles and all stay alive, yet every few hundred new ones make it walk those before; measured at
    half of a pull's whole time. Where somebody else has paused it already, it stays paused.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            # Frozen and thawed, all that was gathered counts as old; else the next new object has it walked after all.
            gc.freeze()
            gc.unfreeze()
            gc.enable()


def tidy() -> None:
    """Free what the last request left behind, while the collector is paused: each leaves some kilobytes in cycles.

    Only what was made since the last call is looked at, a page's worth of marks, so that memory stays flat in the
    number of pages.
    """
    gc.collect(0)
