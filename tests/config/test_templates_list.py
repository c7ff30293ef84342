from pathlib import Path

from config.templates_list import TEMPLATES, WORKBOOK

FOLDER = Path(__file__).parents[2] / "config" / "templates" / "documents"


def test_every_document_has_a_text_and_a_page_and_every_file_is_a_document():
    files = {path.name for path in FOLDER.glob("*.j2")}

    assert files == {f"{name}.{form}.j2" for name in TEMPLATES if name != WORKBOOK for form in ("txt", "html")}


def test_the_list_is_the_one_policies_are_checked_against():
    assert len(TEMPLATES) == 45
    assert {"attendance-contract", "cme-pack", "home-visit-proforma", "weekly-digest", WORKBOOK} <= set(TEMPLATES)


def test_each_document_is_described_in_one_line():
    assert all(line and "\n" not in line and not line.endswith(".") for line in TEMPLATES.values())
