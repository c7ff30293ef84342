"""The paper as a page to print and sign."""

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.policy.paper.model import SIGNERS, Paper

TEMPLATE = "policy-paper.html.j2"


def page(paper: Paper, folders: Sequence[Path]) -> str:
    """Return the page as HTML that needs no other file; ``folders`` are searched in order for its template."""
    environment = Environment(
        loader=FileSystemLoader(folders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(TEMPLATE).render(paper=paper, signers=SIGNERS)
