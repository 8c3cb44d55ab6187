"""The register of indicators: words, seed, pages and SQL belong together, and a wrong file is told of."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from dia_assets import model_page, register, register_pages, transform
from dia_assets.errors import DiaError
from dia_assets.settings import Settings

DEFINITIONS = register.load_register()


def test_the_seed_and_the_pages_are_what_the_register_says(tmp_path: Path) -> None:
    for file, rows in (
        (register.SEED, register.rows(DEFINITIONS)),
        (register.OFFICIAL_SEED, register.official_rows(DEFINITIONS)),
    ):
        assert file.read_text(encoding="utf-8") == register.seed(rows), "run: dia indicators write"
    for page in register_pages.write(DEFINITIONS, tmp_path):
        there = register_pages.FOLDER / page.name
        assert there.read_text(encoding="utf-8") == page.read_text(encoding="utf-8"), "run: dia indicators write"
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in register_pages.FOLDER.iterdir()}


def test_only_what_is_made_of_pupils_rows_says_so() -> None:
    facts = {mart.name: mart for mart in model_page.marts()}
    for definition in DEFINITIONS:
        made_of_pupils = definition.counts == "pupils" and "person_key" in facts[definition.fact].columns
        text = register_pages.page(definition, [definition])
        assert ("Från elevrader i" in text) == made_of_pupils, definition.id
    lika, selfie = (next(d for d in DEFINITIONS if d.id == f"IND-08.{tool}") for tool in ("LIKA", "SELFIE"))
    assert "Antalet bredvid värdet räknar skolenheter." in register_pages.page(lika, [lika])
    assert "Från svarsgruppers medelvärden i" in register_pages.page(selfie, [selfie])


def test_a_measure_that_is_not_published_says_so_on_its_page() -> None:
    definition = next(d for d in DEFINITIONS if d.id == "IND-03")
    lines = [line for line in register_pages.page(definition, [definition]).splitlines() if "publiceras inte" in line]
    assert [line.split("`")[1] for line in lines] == ["IND-03.STRICT"]


def test_no_sql_has_changed_since_its_words_were_written() -> None:
    changed = [definition.id for definition in register.changed(DEFINITIONS)]
    assert changed == [], "write a new version, or say that the meaning is the same: dia indicators write --accept"


def test_a_changed_macro_or_model_is_noticed_and_its_layout_is_not(tmp_path: Path) -> None:
    project = _project(tmp_path)
    (definition,) = (d for d in DEFINITIONS if d.id == "IND-05")
    before = register.sql_hash(definition, project)
    macros = project / "macros" / "grades.sql"
    text = macros.read_text(encoding="utf-8")
    macros.write_text(text.replace("{% macro relation_to_test", "\n\n{% macro  relation_to_test".replace("  ", " ")))
    assert register.sql_hash(definition, project) == before
    model = project / "models" / "marts" / "indicators" / "ind_test_vs_grade.sql"
    model.write_text("-- a remark\n" + model.read_text(encoding="utf-8"))
    assert register.sql_hash(definition, project) == before
    model.write_text(model.read_text(encoding="utf-8").replace("higher - lower", "lower - higher"))
    assert register.sql_hash(definition, project) != before


def _project(folder: Path) -> Path:
    for part in ("models/marts", "macros"):
        shutil.copytree(register.DBT / part, folder / "dbt_project" / part)
    return folder / "dbt_project"


@pytest.mark.parametrize(
    ("indicator", "fact"),
    [
        ("IND-02", "fct_grade"),
        ("IND-05", "fct_grade"),
        ("IND-05", "fct_national_test"),
        ("IND-06.TIME", "fct_diploma"),
        ("IND-06.TIME", "fct_upper_secondary_grade"),
        ("IND-07.LONG", "fct_attendance_lesson"),
        ("IND-10", "fct_grade"),
        ("IND-13", "fct_assessment"),
        ("IND-13", "fct_mobility"),
    ],
)
def test_a_change_in_any_fact_that_a_number_is_made_of_is_noticed(tmp_path: Path, indicator: str, fact: str) -> None:
    project = _project(tmp_path)
    (definition,) = (d for d in DEFINITIONS if d.id == indicator)
    before = register.sql_hash(definition, project)
    (model,) = (project / "models").rglob(f"{fact}.sql")
    model.write_text(model.read_text(encoding="utf-8") + "\nlimit 1\n", encoding="utf-8")
    assert register.sql_hash(definition, project) != before


def test_a_change_in_a_fact_that_a_number_is_not_made_of_is_no_news(tmp_path: Path) -> None:
    project = _project(tmp_path)
    (definition,) = (d for d in DEFINITIONS if d.id == "IND-02")
    before = register.sql_hash(definition, project)
    (model,) = (project / "models").rglob("fct_mobility.sql")
    model.write_text(model.read_text(encoding="utf-8") + "\nlimit 1\n", encoding="utf-8")
    assert register.sql_hash(definition, project) == before


def test_a_change_in_a_macro_that_a_macro_calls_is_noticed(tmp_path: Path) -> None:
    project = _project(tmp_path)
    (definition,) = (d for d in DEFINITIONS if d.id == "IND-02")
    before = register.sql_hash(definition, project)
    (macros,) = (path for path in (project / "macros").glob("*.sql") if "macro class_name(" in path.read_text("utf-8"))
    text = macros.read_text(encoding="utf-8")
    macros.write_text(re.sub(r"(macro class_name\(.*?%})", r"\1 changed", text), encoding="utf-8")
    assert register.sql_hash(definition, project) != before


def test_what_a_number_is_made_of_is_what_dbt_says(tmp_path: Path) -> None:
    nodes = transform.manifest(Settings(data=tmp_path))["nodes"]
    for definition in DEFINITIONS:
        said, to_read = set(), [f"model.dia.{definition.model}"]
        while to_read:
            name = to_read.pop()
            said.add(name.rsplit(".", 1)[1])
            above = nodes[name]["depends_on"]["nodes"]
            to_read += [other for other in above if re.match(r"model\.dia\.(fct|ind)_", other)]
        assert register.made_of(definition.model) == said, definition.id


def test_every_indicator_has_its_own_words() -> None:
    rows = register.rows(DEFINITIONS)
    for row in rows:
        assert not re.search(r"[{}]", "".join(str(value) for value in row.values())), row["indicator_id"]
    assert len({row["name_sv"] for row in rows}) == len(rows)
    assert 1 <= sum(row["is_headline"] == "true" for row in rows) <= 12


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("kind: mean", "kind: median"), "kind"),
        (("owner: Skolchef\n", ""), "owner"),
        (("id: IND-02-16", "id: IND-02"), "IND-02, version 1, stands twice"),
        (("measures:", "measure:"), "measures"),
        (("macros:", "macro_list:"), "macro_list"),
        (("indicator: IND-02,", "indicator: IND-03,"), "N15505 is laid beside IND-03"),
    ],
)
def test_a_wrong_definition_is_told_of_with_file_and_key(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    text = (register.REGISTER / "IND-02.yml").read_text(encoding="utf-8")
    assert change[0] in text
    text = text.replace(*change, 1)
    (tmp_path / "IND-02.yml").write_text(text, encoding="utf-8")
    with pytest.raises(DiaError, match=message):
        register.load_register(tmp_path)


def two_versions(folder: Path, **second: str) -> Path:
    """IND-03 with a second version from 1 July 2026."""
    text = (register.REGISTER / "IND-03.yml").read_text(encoding="utf-8")
    first, following = "valid_from: 2014-01-01\n", {"valid_from": "2026-07-01", **second}
    (folder / "IND-03.yml").write_text(text.replace(first, first + "valid_to: 2026-07-01\n"), encoding="utf-8")
    changed = text.replace(first, "".join(f"{key}: {value}\n" for key, value in following.items()))
    (folder / "IND-03.v2.yml").write_text(changed.replace("version: 1", "version: 2"), encoding="utf-8")
    return folder


def periods(definitions: list[register.Definition]) -> set[tuple[str, int, str, str]]:
    rows = register.rows(definitions)
    return {
        (row["indicator_id"], row["version"], str(row["valid_from"]), str(row["valid_to"]))
        for row in rows
        if row["indicator_id"] == "IND-03"
    }


def test_a_second_version_counts_the_periods_from_its_first_day_and_the_page_names_both(tmp_path: Path) -> None:
    definitions = register.load_register(two_versions(tmp_path))
    assert periods(definitions) == {
        ("IND-03", 1, "2014-01-01", "2026-07-01"), ("IND-03", 2, "2026-07-01", "None")
    }  # fmt: skip
    register_pages.write(definitions, tmp_path / "pages")
    page = (tmp_path / "pages" / "IND-03.md").read_text(encoding="utf-8")
    assert "- version 1, gäller från 2014-01-01 till 2026-07-01\n- version 2, gäller från 2026-07-01\n" in page
    listed = (tmp_path / "pages" / "README.md").read_text(encoding="utf-8")
    assert listed.count("[IND-03](IND-03.md)") == 1


def test_a_version_that_recomputes_history_counts_earlier_periods_too(tmp_path: Path) -> None:
    definitions = register.load_register(two_versions(tmp_path, recomputes_from="2020-07-01"))
    assert periods(definitions) == {
        ("IND-03", 1, "2014-01-01", "2020-07-01"), ("IND-03", 2, "2020-07-01", "None")
    }  # fmt: skip
    page = register_pages.page(definitions[0], definitions)
    assert "- version 2, gäller från 2026-07-01; perioder från 2020-07-01 är räknade om\n" in page


@pytest.mark.parametrize(
    ("second", "message"),
    [
        ({"valid_from": "2027-07-01"}, "IND-03, version 1, must be valid_to 2027-07-01"),
        ({"valid_from": "2025-07-01"}, "IND-03, version 1, must be valid_to 2025-07-01"),
        ({"recomputes_from": "2027-07-01"}, "version 2, recomputes_from is later than valid_from"),
    ],
)
def test_versions_that_do_not_follow_each_other_are_told_of(
    tmp_path: Path, second: dict[str, str], message: str
) -> None:
    with pytest.raises(DiaError, match=message):
        register.load_register(two_versions(tmp_path, **second))


def test_a_page_says_what_is_new_in_a_version_and_how_the_earlier_ones_were_counted(tmp_path: Path) -> None:
    definitions = register.load_register(two_versions(tmp_path, change_sv="Elever utan betyg räknas."))
    page = register_pages.page(definitions[-1], definitions)
    assert "- version 2, gäller från 2026-07-01. Elever utan betyg räknas.\n" in page
    folded = page[page.index("<summary>Så räknades version 1</summary>") :]
    assert definitions[0].measures[0].formula_sv in folded


def test_a_page_has_the_sql_of_the_number_folded() -> None:
    for definition in DEFINITIONS:
        page = register_pages.page(definition, [definition])
        made = page[page.index("## Var den räknas") : page.index("## Jämförelser")]
        for name in (definition.model, definition.fact):
            (path,) = (register.DBT / "models").rglob(f"{name}.sql")
            block = f"<details><summary>SQL: {name}</summary>\n\n```sql\n{path.read_text('utf-8').strip()}\n```"
            assert block in made, definition.id
        for macro in definition.macros:
            assert f"{{% macro {macro}(" in made, definition.id
        assert made.count("<details>") == made.count("</details>")


def test_a_macro_that_is_not_there_is_told_of() -> None:
    gone = DEFINITIONS[0].model_copy(update={"macros": ("no_such_macro",)})
    with pytest.raises(DiaError, match="no_such_macro"):
        register.sql_hash(gone)


def test_a_fact_that_the_number_is_not_made_of_is_told_of() -> None:
    (definition,) = (d for d in DEFINITIONS if d.id == "IND-02")
    with pytest.raises(DiaError, match="fct_mobility"):
        register.sql_hash(definition.model_copy(update={"fact": "fct_mobility"}))


def test_accepting_writes_todays_sql_beside_the_words(tmp_path: Path) -> None:
    text = (register.REGISTER / "IND-03.yml").read_text(encoding="utf-8")
    (tmp_path / "IND-03.yml").write_text(re.sub("sql_hash: .*", "sql_hash: older", text), encoding="utf-8")
    assert register.accept(tmp_path) == ["IND-03"]
    assert (tmp_path / "IND-03.yml").read_text(encoding="utf-8") == text
    assert register.accept(tmp_path) == []


def test_a_word_that_looks_like_a_number_is_read_back_as_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(register.REGISTER / "IND-03.yml", tmp_path)
    monkeypatch.setattr(register, "sql_hash", lambda definition: "123456789012")
    assert register.accept(tmp_path) == ["IND-03"]
    assert [item.sql_hash for item in register.load_register(tmp_path)] == ["123456789012"]
