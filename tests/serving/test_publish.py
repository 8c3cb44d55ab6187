"""The publication as its readers meet it: one switch, nothing half-made, nothing that must not be there."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from dia_assets.errors import DiaError
from dia_assets.ledger import Ledger
from dia_assets.pages import render
from dia_assets.serving import folders, publish, tables
from dia_assets.settings import Settings

from .lakehouse import NOW, REQUIRED, Cell, demo_cells, fill_ledger, night, suppressed, write_lakehouse

AUDIENCES = list(tables.AUDIENCES)


def current(settings: Settings, audience: str = "public") -> Path:
    return settings.lake.serving(audience) / "current"


def value(path: Path, sql: str) -> object:
    with duckdb.connect(path, read_only=True) as connection:
        row = connection.execute(sql).fetchone()
        return row[0] if row else None


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A publication that tests only read."""
    settings = Settings(data=tmp_path_factory.mktemp("published") / "data", memory_limit="1GB", threads=2)
    fill_ledger(settings)
    night(settings, demo_cells())
    return settings


@pytest.fixture
def last_night(published: Settings, settings: Settings) -> Settings:
    """A copy of that publication, on which another one follows."""
    shutil.copytree(published.data, settings.data, symlinks=True)
    return settings


@pytest.mark.parametrize("audience", AUDIENCES)
def test_each_audience_gets_a_database_parquet_files_and_pages(published: Settings, audience: str) -> None:
    folder = current(published, audience)
    with duckdb.connect(folder / "skoldata.duckdb", read_only=True) as connection:
        found = {row[0] for row in connection.execute("select table_name from duckdb_tables()").fetchall()}
    names = {table.name for table in tables.tables_for(audience)}
    assert found == names
    assert {path.stem for path in (folder / "parquet").glob("*.parquet")} == names
    assert (folder / "index.html").is_file()


def test_only_the_municipality_sees_single_rules_and_deliveries(published: Settings) -> None:
    names = {path.name for path in current(published).rglob("*")}
    assert not names & {"quality_rule.parquet", "delivery.parquet", "kvalitet.html", "aktualitet.html"}
    assert value(current(published, "municipality") / "skoldata.duckdb", "select count(*) from quality_rule") == 5


@pytest.mark.parametrize("audience", AUDIENCES)
def test_every_table_and_column_has_a_swedish_comment(published: Settings, audience: str) -> None:
    database = current(published, audience) / "skoldata.duckdb"
    assert value(database, "select count(*) from duckdb_tables() where comment is null") == 0
    assert value(database, "select count(*) from duckdb_columns() where not internal and comment is null") == 0


@pytest.mark.parametrize("audience", AUDIENCES)
def test_no_table_has_a_row_per_person(published: Settings, audience: str) -> None:
    database = current(published, audience) / "skoldata.duckdb"
    forbidden = "select count(*) from duckdb_columns() where column_name similar to '.*(person|pupil|civic|guardian).*'"
    assert value(database, forbidden) == 0


@pytest.mark.parametrize(("audience", "k"), [("public", 10), ("municipality", 5)])
def test_no_figure_on_few_pupils_is_published(published: Settings, audience: str, k: int) -> None:
    database = current(published, audience) / "skoldata.duckdb"
    assert value(database, f"select count(*) from indicator_value where n between 1 and {k - 1}") == 0
    assert value(database, "select count(*) from indicator_value where mark is not null and value is not null") == 0
    assert value(database, "select count(*) from indicator_value where mark = '..'") > 0


def test_each_audience_gets_its_own_figures(settings: Settings) -> None:
    night(settings, [suppressed(Cell()), replace(Cell(), audience="municipality", value=71.1, n=8)])
    shown = "select value from indicator_value"
    assert value(current(settings) / "skoldata.duckdb", shown) is None
    assert value(current(settings, "municipality") / "skoldata.duckdb", shown) == 71.1


@pytest.mark.parametrize("bad", [replace(Cell(), n=4), replace(Cell(), mark="..")])
def test_an_unsafe_figure_stops_the_publication_and_the_last_one_stays(settings: Settings, bad: Cell) -> None:
    night(settings, [Cell()])
    before = current(settings).resolve()
    with pytest.raises(DiaError, match="nothing was"):
        night(settings, [Cell(), replace(bad, family="attendance", period="2026-06")], run_id="run-2")
    assert current(settings).resolve() == before


def test_a_night_without_change_links_the_data_files_of_the_night_before(last_night: Settings) -> None:
    before = current(last_night).resolve()
    made = night(last_night, demo_cells(), run_id="run-2")["public"]
    after = current(last_night).resolve()
    assert after != before
    assert "parquet/indicator_value.parquet" in made.unchanged_files
    assert "parquet/publication.parquet" not in made.unchanged_files
    linked = [folder / "parquet" / "indicator_value.parquet" for folder in (before, after)]
    assert linked[0].stat().st_ino == linked[1].stat().st_ino


def test_a_reader_keeps_what_it_has_open_and_the_next_one_gets_the_new_publication(settings: Settings) -> None:
    night(settings, [Cell(value=70.0)])
    reader = duckdb.connect(current(settings).resolve() / "skoldata.duckdb", read_only=True)
    live = "select value, (select publication_id from publication) from indicator_value"
    first = reader.execute(live).fetchone()
    for number in range(2, 11):
        night(settings, [Cell(value=70.0)], run_id=f"run-{number}")
        assert reader.execute(live).fetchone() == first
        newest = value(current(settings).resolve() / "skoldata.duckdb", "select run_id from publication")
        assert newest == f"run-{number}"
    reader.close()


def test_as_many_publications_are_kept_as_the_setting_says(settings: Settings) -> None:
    few = settings.model_copy(update={"keep_publications": 3})
    for number in range(5):
        night(few, [Cell()], run_id=f"run-{number}")
    kept = folders.versions(few.lake.serving("public"))
    assert [path.name[:6] for path in kept] == ["000003", "000004", "000005"]
    assert current(few).resolve() == kept[-1]


@pytest.mark.parametrize("step", ["_pack", "render_pages"])
def test_a_failure_midway_leaves_the_last_publication_and_no_rest(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    night(settings, [Cell()])
    before = current(settings).resolve()

    def fail(*_: object, **__: object) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(publish, step, fail)
        with pytest.raises(OSError, match="no space"):
            night(settings, [Cell()], run_id="run-2")
    assert current(settings).resolve() == before
    assert folders.versions(settings.lake.serving("public")) == [before]
    assert folders.sweep(settings.lake.serving("public")) == 0


@pytest.mark.parametrize("moment", ["write_checksums", "switch"])
def test_a_kill_midway_is_swept_away_by_the_next_night(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    night(settings, [Cell()])
    before = current(settings).resolve()
    real = getattr(folders, moment)

    class Killed(BaseException): ...

    def die(*args: object) -> None:
        if moment == "write_checksums":
            real(*args)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(folders, moment, die)
        patch.setattr(folders.shutil, "rmtree", lambda *_, **__: None)  # a killed process cleans nothing
        with pytest.raises(Killed):
            night(settings, [Cell()], run_id="run-2")
    assert current(settings).resolve() == before
    night(settings, [Cell()], run_id="run-3")
    left = [path.name for path in settings.lake.serving("public").glob("versions/.*")]
    assert left == []
    assert value(current(settings) / "skoldata.duckdb", "select run_id from publication") == "run-3"


def test_figures_that_a_killed_night_released_are_published_by_the_next(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(publish, "_pack", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            night(settings, [Cell(value=70.0, n=40)])
    night(settings, [Cell(value=71.0, n=39)], run_id="run-2")
    assert value(current(settings) / "skoldata.duckdb", "select value from indicator_value") == 70.0


def test_checksums_cover_every_file(published: Settings) -> None:
    folder = current(published).resolve()
    sums = json.loads((folder / "checksums.json").read_text())
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert set(sums) == files - {"checksums.json"}
    assert all(folders.sha256(folder / name) == digest for name, digest in sums.items())


def test_a_municipality_without_any_figures_is_published_too(settings: Settings) -> None:
    made = night(settings, [])
    assert made["public"].rows["indicator_value"] == 0
    assert "Inga indikatorer" in (current(settings) / "index.html").read_text()


def test_sqlalchemy_reads_the_published_database(published: Settings) -> None:
    engine = sa.create_engine(f"duckdb:///{current(published) / 'skoldata.duckdb'}", connect_args={"read_only": True})
    with engine.connect() as connection:
        indicators = connection.execute(sa.text("select count(*) from indicator")).scalar_one()
        merit = connection.execute(
            sa.text("select value from indicator_value where indicator_id = :i and level = 'municipality'"
                    " and breakdown = 'all' and period = :p"), {"i": "IND-02", "p": "2025/26"},
        ).scalar_one()  # fmt: skip
        fresh = connection.execute(sa.text("select status, count(*) from freshness group by status")).all()
    assert indicators == 9
    assert 100 < merit < 340
    assert dict(tuple(row) for row in fresh)["aktuell"] > 0


def test_a_parquet_reader_reads_the_published_files(published: Settings) -> None:
    folder = current(published) / "parquet"
    figures = pq.read_table(folder / "indicator_value.parquet")
    one = pq.read_table(
        folder / "indicator_value.parquet", filters=[("indicator_id", "=", "IND-03"), ("period", "=", "2025/26")]
    )
    publication = pq.read_table(folder / "publication.parquet").to_pylist()[0]
    assert figures.num_rows > one.num_rows > 0
    assert publication["published_at"] == NOW
    assert pq.read_schema(folder / "school_unit.parquet").field("school_unit_code").type == "string"


def test_the_municipality_s_figures_stand_beside_every_official_series_and_units_do_not(settings: Settings) -> None:
    whole = Cell(audience="municipality", level="municipality", entity_code="0381")
    municipal_alone = replace(whole, breakdown="principal", breakdown_value="Kommunal")
    figures = {"IND-02": 221.0, "IND-03": 76.5, "IND-04.YP": 84.1, "IND-04.ES": 80.0}
    cells = [replace(whole, indicator_id=indicator, value=value) for indicator, value in figures.items()]
    cells += [
        replace(municipal_alone, indicator_id=indicator, value=value, period=period)
        for indicator, value, period in [
            ("IND-02", 223.0, "2025/26"), ("IND-03", 76.5, "2024/25"), ("IND-03", 76.5, "2025/26"),
            ("IND-04.YP", 85.0, "2025/26"),
        ]
    ]  # fmt: skip
    night(settings, [Cell(audience="municipality"), replace(whole, period="2024/25"), *cells])
    with duckdb.connect(current(settings, "municipality") / "skoldata.duckdb", read_only=True) as connection:
        rows = connection.execute(
            "select indicator_id, period, series, value, official_value, official_mark, difference, reason_sv"
            " from official_comparison where entity_code = '0381' order by all"
        ).fetchall()
    municipal = "Båda gäller kommunala skolor, vår siffra dem som kommunen får filer från."
    located = "Gäller alla skolor i kommunen, vår siffra bara de skolenheter som kommunen får filer från."
    marked = "Ett av värdena finns eller visas inte; tecknet säger varför."
    none_read = "Ingen officiell siffra inläst för perioden."
    assert rows == [
        ("IND-02", "2025/26", "N15504", 221.0, 221.1, None, -0.1,
         f"{located} Skillnaden är inte större än avrundning kan ge."),
        ("IND-02", "2025/26", "N15505", 223.0, None, "Private", None, marked),
        ("IND-02", "2025/26", "N15507", 221.0, None, None, None, none_read),
        ("IND-03", "2024/25", "N15419", 76.5, None, None, None, none_read),
        ("IND-03", "2025/26", "N15419", 76.5, 76.1, None, 0.4, municipal),
        ("IND-04.ES", "2025/26", None, 80.0, None, None, None, "Ingen officiell serie i registret mäter samma sak."),
        ("IND-04.YP", "2025/26", "N15428", 84.1, 84.1, None, 0.0, "Lika."),
        ("IND-04.YP", "2025/26", "N15436", 85.0, None, None, None, none_read),
    ]  # fmt: skip
    assert not (current(settings) / "parquet" / "official_comparison.parquet").exists()


def test_pages_of_the_same_figures_are_last_time_s_and_new_figures_are_written(last_night: Settings) -> None:
    def page(indicator: str) -> Path:
        return current(last_night).resolve() / f"indikator-{indicator}.html"

    first, start = page("ind-02").stat().st_ino, (current(last_night) / "index.html").read_text(encoding="utf-8")
    night(last_night, demo_cells(), run_id="run-2", now=NOW + timedelta(days=1))
    assert page("ind-02").stat().st_ino == first
    assert (current(last_night) / "index.html").read_text(encoding="utf-8") != start
    changed = [replace(cell, value=1.5) if cell.value is not None else cell for cell in demo_cells()]
    night(last_night, changed, run_id="run-3", now=NOW + timedelta(days=40))
    assert page("ind-02").stat().st_ino != first
    assert "1,5" in page("ind-02").read_text(encoding="utf-8")


def test_pages_made_by_other_templates_are_written_again(last_night: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (current(last_night).resolve() / "indikator-ind-02.html").stat().st_ino
    monkeypatch.setattr(render, "_made_by", lambda _site: "another")
    night(last_night, demo_cells(), run_id="run-2", now=NOW + timedelta(days=1))
    assert (current(last_night).resolve() / "indikator-ind-02.html").stat().st_ino != before


def test_two_versions_of_a_definition_are_both_explained_and_each_value_is_told_once(settings: Settings) -> None:
    cells = [
        Cell(period="2024/25", period_closed_on=date(2025, 7, 1)),
        Cell(indicator_version=2, value=60.5),
    ]
    fill_ledger(settings)
    database = write_lakehouse(settings.data / "internal" / "lakehouse.duckdb", cells)
    with duckdb.connect(database) as connection:
        connection.execute(
            "insert into reference.ref_indicator select * replace ('2' as version, 'Andel, nya regler' as name_sv)"
            " from reference.ref_indicator where indicator_id = 'IND-03'"
        )
    run = publish.Run(run_id="run-1", now=NOW, code_version="0.1.0")
    publish.publish(settings, settings.lake, database, run, REQUIRED, Ledger(settings.lake.ledger))
    with duckdb.connect(current(settings) / "skoldata.duckdb", read_only=True) as connection:
        rows = connection.execute(
            "select period, indicator_version, name_sv, value from indicator_value"
            " join indicator using (indicator_id, indicator_version) order by period"
        ).fetchall()
    name = "Andel elever med godkänt i alla ämnen"
    assert rows == [("2024/25", "1", name, 76.5), ("2025/26", "2", "Andel, nya regler", 60.5)]


def test_official_figures_of_a_unit_do_not_stand_beside_its_own(settings: Settings) -> None:
    """Skolverket counts pupils with protected personal data: the difference between two numbers would be them."""
    shown = []
    for number, cells in enumerate(([Cell()], [Cell(), Cell(entity_code="00000099", period="2024/25")])):
        made = night(settings, cells, run_id=f"run-{number}")["public"]
        table = made.folder / "parquet" / "external_statistics.parquet"
        shown.append(duckdb.sql(f"select school_unit_code from '{table}'").fetchall())
    assert shown == [[("00000099",)], []]


@pytest.mark.parametrize(
    ("coverage", "mark", "uncertain"), [(89.9, None, True), (90.0, None, False), (None, "..", False)]
)
def test_a_figure_is_uncertain_where_too_little_is_published_to_be_recorded(
    settings: Settings, coverage: float | None, mark: str | None, uncertain: bool
) -> None:
    month = Cell(audience="municipality", policy_id="municipality-1", family="attendance", period="2026-05")
    told = [replace(month, indicator_id="IND-07.ABSENCE", value=7.8, n=40)]
    told.append(replace(month, indicator_id="IND-07.COVERAGE", value=coverage, mark=mark, n=40))
    told.append(replace(month, indicator_id="IND-07.COVERAGE", entity_code="00000002", value=50.0, n=40))
    fill_ledger(settings)
    night(settings, told)
    folder = current(settings, "municipality")
    rows = "select is_uncertain from indicator_value where indicator_id = 'IND-07.ABSENCE'"
    assert value(folder / "skoldata.duckdb", rows) is uncertain
    page = (folder / "indikator-ind-07-absence.html").read_text(encoding="utf-8")
    assert ('<span class="quiet">osäker</span> 7,8' in page) is uncertain
    assert value(folder / "skoldata.duckdb", "select count(*) from indicator_value") == 3


def test_a_made_up_municipality_has_its_own_name_in_every_table_and_page(settings: Settings) -> None:
    """Its code is a real one's, whose name must not stand over made-up results."""
    settings.lake.synthetic.mkdir(parents=True)
    (settings.lake.synthetic / "municipality.json").write_text('{"name": "Påhittköping"}', encoding="utf-8")
    folder = night(settings, demo_cells())["public"].folder
    with duckdb.connect(folder / "skoldata.duckdb", read_only=True) as connection:
        names = connection.execute(
            "select entity_name from indicator_value where level = 'municipality'"
            " union select municipality_name from school_unit"
        ).fetchall()
    assert names == [("Påhittköping",)]
    texts = {page.name: page.read_text(encoding="utf-8") for page in folder.glob("*.html")}
    assert [name for name, text in texts.items() if "Enköping" in text] == []
    assert "Påhittköping" in texts["index.html"]
