"""The command line `dia`: what stands behind `make nightly` and `make ui`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from dia_assets import clock, lock
from dia_assets.errors import Busy, DiaError, SettingsError
from dia_assets.full_disk import disk_full, is_disk_full
from dia_assets.identity.commands import identity
from dia_assets.settings import PROJECT, Settings, load_settings


class _Commands(click.Group):
    """Turns the product's own errors into one sentence and an exit status."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except SettingsError as error:
            click.echo(error.message, err=True)
            sys.exit(2)
        except Busy as error:
            click.echo(error.message_sv, err=True)
            sys.exit(4)
        except DiaError as error:
            click.echo(error.message_sv, err=True)
            sys.exit(1)
        except Exception as error:
            if not is_disk_full(error):
                raise
            click.echo(disk_full().message_sv, err=True)
            sys.exit(1)


@click.group(cls=_Commands)
@click.pass_context
def main(context: click.Context) -> None:
    """Skoldata från källa till publicering. Inställningar: DIA_… i miljön eller deployment.yaml i datakatalogen."""
    context.obj = load_settings()


@main.command()
@click.pass_obj
def nightly(settings: Settings) -> None:
    """Run the nightly job once.

    Exit status: 0 all published and fresh, 3 something is stale or was refused, 1 it broke or skipped something
    (as when a blocking rule keeps the last publication), 2 a setting is wrong, 4 another run has the data root.
    """
    from dia_assets.nightly import run_nightly

    sys.exit(int(run_nightly(settings, click.echo).exit))


@main.command()
@click.option("--preset", default=None, help="one_unit, tiny, enkoping, stockholm or empty")
@click.option("--seed", type=int, default=None, help="The seed that everything follows from")
@click.option("--out", type=click.Path(path_type=Path), default=None, help="Folder (default: in the data root)")
@click.option("--faults", default="", help="Faults to plant, comma-separated; --faults list names them")
@click.option("--next-day", is_flag=True, help="Add the next school day's deliveries to an existing municipality")
@click.pass_obj
def generate(
    settings: Settings, preset: str | None, seed: int | None, out: Path | None, faults: str, next_day: bool
) -> None:
    """Write the made-up municipality's extracts."""
    from dia_assets import synthetic

    if faults == "list":
        for name, text in synthetic.FAULTS.items():
            click.echo(f"{name:<20} {text}")
        return
    folder = out or settings.lake.synthetic
    if next_day:
        if not synthetic.is_made(folder):
            raise DiaError(f"{folder} holds no made-up municipality; make one first with `dia generate`.")
        made = synthetic.next_day(folder)
    else:
        chosen = preset or settings.preset
        if chosen not in synthetic.PRESETS:
            raise SettingsError(f"{chosen} is no preset. The presets are: {', '.join(synthetic.PRESETS)}.")
        planted = [name.strip() for name in faults.split(",") if name.strip()]
        if unknown := sorted(set(planted) - set(synthetic.FAULTS)):
            raise SettingsError(f"Unknown faults: {', '.join(unknown)}. `dia generate --faults list` names them.")
        made = synthetic.generate(chosen, folder, settings.seed if seed is None else seed, planted)
    click.echo(f"{made.name}: {folder} (today is {made.today} there)")


@main.command()
@click.argument("datasets", nargs=-1, metavar="[NAME]...")
@click.option("--details", is_flag=True, help="Tell of every dataset what its raw asset in Dagster shows.")
@click.pass_obj
def status(settings: Settings, datasets: tuple[str, ...], details: bool) -> None:
    """Show how fresh each dataset is, which rules are broken and what is published.

    With NAME (`system.dataset`): its source, latest delivery with hash and size, rows in, kept and quarantined,
    watermark and age.
    """
    from dia_assets.ledger import Ledger
    from dia_assets.report import details_sv, night_report, status_sv

    ledger = Ledger(settings.lake.ledger)
    runs = ledger.runs(1)
    report = night_report(settings, ledger, runs[0]["run_id"] if runs else "", clock.now(settings))
    if unknown := set(datasets) - {item.dataset for item in report.fresh}:
        raise click.UsageError(f"no connected dataset is called {', '.join(sorted(unknown))}")
    if datasets or details:
        told = [details_sv(ledger, item) for item in report.fresh if details or item.dataset in datasets]
        click.echo("\n\n".join(told))
        return
    click.echo(status_sv(settings, report))


@main.command()
@click.pass_obj
def ui(settings: Settings) -> None:
    """Start Dagster's webserver and daemon on 127.0.0.1, on the instance that `dia nightly` uses."""
    from dia_assets.nightly import dagster_home
    from dia_assets.transform import manifest

    settings.lake.prepare()
    manifest(settings)
    environment = {**os.environ, "DAGSTER_HOME": str(dagster_home(settings.lake)), "DIA_DATA": str(settings.data)}
    command = [sys.executable, "-m", "dagster", "dev", "--workspace", str(PROJECT / "workspace.yaml")]
    command += ["--host", "127.0.0.1", "--port", str(settings.port)]
    click.echo(f"Dagster: http://127.0.0.1:{settings.port}  (avsluta med Ctrl+C)")
    os.chdir(PROJECT)
    os.execve(sys.executable, command, environment)


@main.group()
def dataset() -> None:
    """Help with adding a dataset to the inventory."""


@dataset.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--system", required=True, help="The source system, as its folder is to be called")
@click.option("--name", required=True, help="The dataset's name, English snake_case")
def propose(file: Path, system: str, name: str) -> None:
    """Print a proposed contract for a file that none knows: names and guessed types, no values."""
    from dia_assets.landing.unknown import proposed_contract

    click.echo(proposed_contract(file, system, name))


@dataset.command()
@click.argument("name")
@click.option("--write", is_flag=True, help="Write the two files beside the contract instead of showing them")
def staging(name: str, write: bool) -> None:
    """Show the staging model that follows from the contract NAME (`system.dataset`): its SQL and its YAML."""
    from dia_assets import scaffold
    from dia_assets.contracts import load_contracts

    contracts = load_contracts()
    if name not in contracts:
        raise DiaError(
            f"The inventory has no dataset {name}.",
            f"Dataförteckningen har ingen datamängd {name}. De som finns är: {', '.join(contracts)}.",
        )
    model = scaffold.staging_model(contracts[name])
    if not write:
        click.echo(f"-- {model.name}.sql\n{model.sql}\n# {model.name}.yml\n{model.yml}", nl=False)
        return
    for path in model.write(scaffold.staging_folder(contracts[name])):
        click.echo(str(path.relative_to(PROJECT)))


@main.group()
def indicators() -> None:
    """The register of indicators: dbt_project/register, one file per definition and version."""


@indicators.command("write")
@click.option("--accept", is_flag=True, help="Say that the words still hold for SQL that has changed.")
def write_register(accept: bool) -> None:
    """Write the register's two seeds and the pages of docs/indicators from it, and docs/model.md."""
    from dia_assets import model_page, register, register_pages

    for told in register.accept() if accept else []:
        click.echo(f"{told}: its words hold for today's SQL")
    definitions = register.load_register()
    register.SEED.write_text(register.seed(register.rows(definitions)), encoding="utf-8")
    register.OFFICIAL_SEED.write_text(register.seed(register.official_rows(definitions)), encoding="utf-8")
    register_pages.write(definitions)
    model_page.write()
    click.echo(f"{len(definitions)} definitions, {len(register.rows(definitions))} indicators")
    for definition in register.changed(definitions):
        click.echo(
            f"{definition.id}: its SQL has changed. Write a new version, or --accept that the meaning is the same."
        )


@main.command()
@click.pass_obj
def scan(settings: Settings) -> None:
    """Tell what stands out among all comparisons of units, in the figures accepted last. Not for publishing."""
    from dia_assets.report_scan import scan_sv

    click.echo(scan_sv(settings))


@main.command()
@click.pass_obj
def maintain(settings: Settings) -> None:
    """Delete deliveries from raw, quarantine and landing that are older than the retention settings."""
    from dia_assets.maintenance import maintain as run

    with lock.hold(settings.lake.lock, settings.lock_wait_seconds):
        for line in run(settings):
            click.echo(line)


main.add_command(identity)


if __name__ == "__main__":
    main()
