"""One task in a process of its own: its memory is nobody else's, and its threads are told before anything starts.

A task is ``module:function`` under ``benchmarks``; it takes and gives what JSON can carry.
"""

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Protocol

ROOT = Path(__file__).parents[1]
#: No task takes longer; a child that hangs is ended.
_SECONDS = 900
ONE_THREAD = {"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1"}


class Run(Protocol):
    """A way to have a task done: ``run`` here, or in tests a call in the same process."""

    def __call__(self, task: str, /, **given: Any) -> Any: ...


class ChildFailed(RuntimeError):  # noqa: N818 - it reads as what happened
    """A task ended with an error: its last line says which."""


def run(task: str, /, **given: Any) -> Any:
    """Run a task in a child process and return its answer; raises ``ChildFailed``."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.child", task],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        cwd=ROOT,
        env=os.environ | ONE_THREAD,
        check=False,
    )
    if done.returncode:
        raise ChildFailed(f"{task}: {(done.stderr.strip().splitlines() or ['no word'])[-1]}")
    return json.loads(done.stdout)


def call(task: str, given: dict[str, Any]) -> Any:
    """Run a task here."""
    module, _, function = task.partition(":")
    return getattr(importlib.import_module(f"benchmarks.{module}"), function)(**given)


if __name__ == "__main__":
    json.dump(call(sys.argv[1], json.load(sys.stdin)), sys.stdout)
