"""`fxfir verify`: prove that model, gates and Verilog agree."""

from __future__ import annotations

import click

from fxfir.cli.console import emit_json, progress
from fxfir.cli.options import seed_option
from fxfir.cli.streams import say

__all__ = ["command"]


@click.command("verify", short_help="Simulate a core in every engine against the model.")
@click.argument("folder", metavar="DIR")
@click.option(
    "--engine",
    "engines",
    metavar="A,B",
    help="Of amaranth, icarus, verilator, model, or auto  [amaranth,icarus; auto for a long run].",
)
@seed_option("all random parts")
@click.option("--samples", type=click.IntRange(min=1), help="Random samples of each scenario.")
@click.option("--stimulus", metavar="FILE", help="Your own samples: .wav, .npy, .csv or raw.")
@click.option("--mutate", is_flag=True, help="Also break the Verilog in every way that is known.")
@click.option("--mutants", type=click.IntRange(min=1), help="Sample: at most N of each level.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    folder: str,
    engines: str | None,
    seed: int,
    samples: int | None,
    stimulus: str | None,
    mutate: bool,
    mutants: int | None,
    as_json: bool,
) -> int:
    """Check a core folder and write evidence.json into it.

    Every scenario compares integers with the model: the folder's vectors back to back with the
    declared timing, random gaps and stalls, resets in mid-stream, power-up without a reset. A long
    run (--samples 1000000) is for Verilator, where it is installed. With --mutate the generated
    bench must kill altered copies of the Verilog.
    """
    from fxfir.flow import verify_folder

    chosen = None if engines is None else tuple(e.strip() for e in engines.split(","))
    with progress("verify") as report:
        evidence = verify_folder(
            folder,
            engines=chosen,
            seed=seed,
            samples=samples,
            stimulus=stimulus,
            progress=lambda _engine, done, total: report(done, total),
        )
    data = {"passed": evidence.ok, **evidence.to_json()}
    survived = 0
    if mutate:
        from fxfir.verify.mutation import mutate as break_it

        with progress("mutate") as report:
            found = break_it(folder, most=mutants, seed=seed, progress=report)
        data["mutation"] = found.to_json()
        survived = len(found.survived)
    if as_json:
        emit_json(data)
    else:
        say(evidence.text)
        if mutate:
            say(found.text)
        say(f"{evidence.name}: {'passed' if evidence.ok else 'FAILED'}")
    return 0 if evidence.ok and not survived else 1
