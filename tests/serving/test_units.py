"""What a principal gets: the own unit in full and the municipality's open figures, nothing of any other unit."""

from __future__ import annotations

import csv
import re
import stat
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from dia_assets.errors import DiaError
from dia_assets.serving import folders, tables, units
from dia_assets.settings import Settings

from .lakehouse import NOW, UNITS, Cell, night, suppressed

FEW = Cell(audience="unit", value=66.7, n=3, policy_id="unit-1")
OPEN = replace(
    FEW, family="attendance", indicator_id="IND-07.ABSENCE", period="2026-07", period_closed_on=date(2026, 8, 1)
)
ANSWERS = Cell(audience="municipality", indicator_id="IND-08.Y8.TRYGGHET.INDEX", family="survey_y8", value=7.3, n=18)
WHOLE = Cell(level="municipality", entity_code="0381", value=74.1, n=400)
OTHER = replace(FEW, entity_code="00000002", value=50.0, n=4)
NIGHT = [
    FEW, OPEN, ANSWERS, WHOLE, OTHER, suppressed(Cell()), suppressed(replace(Cell(), audience="municipality")),
    replace(WHOLE, audience="municipality", value=74.2), replace(ANSWERS, entity_code="00000002", value=6.6),
]  # fmt: skip


def folder(settings: Settings, code: str = "00000001") -> Path:
    return settings.lake.serving(tables.UNIT) / code / "current"


def figures(settings: Settings, code: str = "00000001") -> list[dict[str, Any]]:
    return pq.read_table(folder(settings, code) / units.FIGURES).to_pylist()


def test_a_unit_gets_its_pupils_in_full_its_answers_as_the_management_and_the_whole_as_everybody(
    settings: Settings,
) -> None:
    night(settings, NIGHT)
    told = {(row["scope"], row["indicator_id"]): (row["value"], row["n"]) for row in figures(settings)}
    assert told == {
        ("own", "IND-03"): (66.7, 3),
        ("own", "IND-07.ABSENCE"): (66.7, 3),
        ("own", "IND-08.Y8.TRYGGHET.INDEX"): (7.3, 18),
        ("municipality", "IND-03"): (74.1, 400),
    }


def test_classes_stand_by_grade_year_under_the_indicators_that_have_them(settings: Settings) -> None:
    classes = {"Klass 10A": 61.3, "Klass 9B": 62.4, "Klass FA": 63.5}
    cells = [replace(FEW, breakdown="class", breakdown_value=name, value=value) for name, value in classes.items()]
    merit = replace(FEW, indicator_id="IND-02", value=210.0)
    night(settings, [FEW, merit, *cells])
    page = (folder(settings) / "index.html").read_text(encoding="utf-8")
    table = page[page.index('id="klasser-1"') : page.index("</table>", page.index('id="klasser-1"'))]
    assert re.findall(r'<th scope="row">(.*?)</th>', table) == ["Klass FA", "Klass 9B", "Klass 10A"]
    assert re.findall(r"\d\d,\d", table) == ["63,5", "62,4", "61,3"]
    assert "meritvärde" in page
    assert "meritvärde" not in table
    assert {row["breakdown_value"] for row in figures(settings)} == {"all", *classes}


def test_a_unit_s_self_assessment_is_its_own_and_its_page_says_what_is_counted(settings: Settings) -> None:
    """One school unit is no small group: it answered for itself. Four teachers are one."""
    lika = replace(
        ANSWERS, indicator_id="IND-08.LIKA.LEDNING", family="lika", value=2.3, n=1, policy_id="municipality-1"
    )
    teachers = replace(ANSWERS, indicator_id="IND-08.SELFIE.B.TEACHERS", family="selfie_teachers")
    night(settings, [lika, suppressed(teachers)])
    told = {row["indicator_id"]: (row["value"], row["mark"], row["n"]) for row in figures(settings)}
    assert told == {"IND-08.LIKA.LEDNING": (2.3, None, 1), "IND-08.SELFIE.B.TEACHERS": (None, "..", None)}
    text = (folder(settings) / "index.html").read_text(encoding="utf-8")
    assert "Antal skolenheter står under värdet" in text
    assert "medelvärde 1–4" in text
    page = Path("current") / "indikator-ind-08-lika-ledning.html"
    between = (settings.lake.serving(tables.MUNICIPALITY) / page).read_text(encoding="utf-8")
    assert "har skattat sig själv" in between and "vilka elever som går där" not in between
    assert not (settings.lake.serving(tables.PUBLIC) / page).exists()


def test_four_respondents_are_not_published_whatever_the_rules_before_said(settings: Settings) -> None:
    few = replace(ANSWERS, indicator_id="IND-08.SELFIE.B.TEACHERS", family="selfie_teachers", n=4)
    with pytest.raises(DiaError, match="1 figures on too few pupils"):
        night(settings, [few])


def test_nothing_of_another_unit_is_in_any_file(settings: Settings) -> None:
    night(settings, NIGHT)
    assert {row["school_unit_code"] for row in figures(settings)} == {"00000001", None}
    for file in (folder(settings) / "index.html", folder(settings) / units.SHEET):
        text = file.read_text(encoding="utf-8-sig")
        assert "66,7" in text
        for value in ("50,0", "6,6<", ";6,6;", "74,2", UNITS["00000002"]):
            assert value not in text, (file.name, value)


def test_only_the_operator_and_a_group_may_open_the_folder(settings: Settings) -> None:
    night(settings, NIGHT)
    for code in ("00000001", "00000002"):
        assert stat.S_IMODE((settings.lake.serving(tables.UNIT) / code).stat().st_mode) == 0o750


def test_the_sheet_is_read_as_swedish_spreadsheets_do(settings: Settings) -> None:
    night(settings, [replace(FEW, value=-1234.5), WHOLE])
    text = (folder(settings) / units.SHEET).read_text(encoding="utf-8-sig")
    own, whole = list(csv.DictReader(text.splitlines(), delimiter=";"))
    assert (own["Omfattar"], own["Värde"], own["Antal"]) == ("Egen enhet", "-1234,5", "3")
    assert (own["Grupp"], own["Enhet"]) == ("Alla", "procent")
    assert (whole["Omfattar"], whole["Värde"]) == ("Hela kommunen", "74,1")


def test_a_closed_period_of_few_waits_for_the_next_month_also_here(settings: Settings) -> None:
    """A pupil whose identity became protected last night is not pointed at by what changed this morning."""
    night(settings, NIGHT)
    without = [replace(FEW, value=50.0, n=2), *NIGHT[1:]]
    night(settings, without, now=NOW + timedelta(days=1))
    assert ("IND-03", 3) in {(row["indicator_id"], row["n"]) for row in figures(settings)}
    night(settings, without, now=NOW + timedelta(days=31))
    assert ("IND-03", 2) in {(row["indicator_id"], row["n"]) for row in figures(settings)}


def test_a_unit_without_new_figures_keeps_its_publication_and_another_gets_a_new_one(settings: Settings) -> None:
    night(settings, NIGHT)
    before = folders.current_version(folder(settings).parent)
    made = night(settings, [*NIGHT[:4], replace(OTHER, value=75.0), *NIGHT[5:]], now=NOW + timedelta(days=31))
    assert made[tables.UNIT].unchanged_files == ("00000001",)
    assert folders.current_version(folder(settings).parent) == before
    assert len(folders.versions(folder(settings, "00000002").parent)) == 2
    assert next(row["value"] for row in figures(settings, "00000002") if row["indicator_id"] == "IND-03") == 75.0


def test_an_open_period_moves_from_night_to_night_and_is_marked_as_open(settings: Settings) -> None:
    night(settings, NIGHT)
    night(settings, [FEW, replace(OPEN, value=33.3), *NIGHT[2:]], now=NOW + timedelta(days=1))
    assert ("IND-07.ABSENCE", 33.3) in {(row["indicator_id"], row["value"]) for row in figures(settings)}
    assert "pågår" in (folder(settings) / "index.html").read_text(encoding="utf-8")


def test_a_publication_that_fails_leaves_the_last_one(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    night(settings, NIGHT)
    before = folders.current_version(folder(settings).parent)
    monkeypatch.setattr(units, "render_unit", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        night(settings, [replace(FEW, value=0.0), *NIGHT[1:]], now=NOW + timedelta(days=31))
    assert folders.current_version(folder(settings).parent) == before
    assert list((folder(settings).parent / "versions").glob(f"{folders.HALF_MADE}*")) == []


def test_a_unit_that_has_changed_its_name_gets_a_new_page(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    night(settings, NIGHT)
    monkeypatch.setitem(UNITS, "00000001", "Nya Åsskolan")
    night(settings, NIGHT, now=NOW + timedelta(days=1))
    assert "Nya Åsskolan" in (folder(settings) / "index.html").read_text(encoding="utf-8")


def test_figures_that_are_no_longer_computed_are_not_kept(settings: Settings) -> None:
    """Otherwise a figure about one pupil would outlive the rows that it was made from."""
    night(settings, NIGHT)
    night(settings, [cell for cell in NIGHT if cell is not FEW], now=NOW + timedelta(days=1))
    told = {(row["scope"], row["indicator_id"]) for row in figures(settings)}
    assert ("own", "IND-03") in told, "a block of which other units have figures waits for the next month"
    night(settings, [cell for cell in NIGHT if cell not in (FEW, OTHER)], now=NOW + timedelta(days=2))
    assert ("own", "IND-03") not in {(row["scope"], row["indicator_id"]) for row in figures(settings)}
    stored = pq.read_table(settings.lake.released.with_name("released_units.parquet")).to_pylist()
    assert {row["indicator_id"] for row in stored} == {"IND-07.ABSENCE"}
    for_ever = DeltaTable(str(settings.lake.released)).to_pyarrow_table().to_pylist()
    assert {row["audience"] for row in for_ever} == {"municipality", "public"}


def test_the_folder_of_a_unit_without_figures_is_deleted(settings: Settings) -> None:
    night(settings, [FEW, OTHER])
    night(settings, [FEW], now=NOW + timedelta(days=31))
    assert [path.name for path in settings.lake.serving(tables.UNIT).iterdir()] == ["00000001"]
