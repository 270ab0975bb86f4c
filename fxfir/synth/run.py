"""One core through the whole flow."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from fxfir.errors import ToolError
from fxfir.synth.check import check_netlist
from fxfir.synth.core import read_core
from fxfir.synth.devices import find_device
from fxfir.synth.netlist import elaborate, spared, synthesise
from fxfir.synth.path import read_names
from fxfir.synth.place import place
from fxfir.synth.report import Report

__all__ = ["FREQ_MHZ", "synth_folder"]

FREQ_MHZ = 250.0
"""What place and route aims at by default; the published comparisons used it too."""


def synth_folder(
    folder: str | Path,
    *,
    target: str | None = None,
    device: str | None = None,
    seeds: Sequence[int] = (1,),
    freq_mhz: float = FREQ_MHZ,
    check: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Synthesise, place and route a core.

    Nothing is written into the folder.

    Parameters
    ----------
    folder : path
        A core folder.
    target : str, optional
        A key of `FAMILIES`; what the core was generated for otherwise.
    device : str, optional
        A key of `DEVICES`; the default of the target otherwise.
    seeds : sequence of int, optional
        One run of place and route each.
    freq_mhz : float, optional
        What place and route aims at.
    check : bool, optional
        Also simulate the netlist with the core's bench.
    progress : callable, optional
        Called with the steps done and their number.

    Returns
    -------
    Report

    Raises
    ------
    ReadError
        If the folder holds no core.
    ToolError
        If a target or device is unknown, a tool is missing, or one fails.
    SynthesisError
        If a netlist is not the core, or place and route leaves no report.
    """
    core = read_core(folder)
    if target is None and core.target == "generic":
        raise ToolError(f"a generic core must be given a target to synthesise for, got {core.name}")
    chosen = find_device(core.target if target is None else target, device)
    _need_seeds(seeds, freq_mhz)
    routed = tuple(seeds) if chosen.place else ()
    total = 2 + len(routed) + check
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, total)

    with tempfile.TemporaryDirectory(prefix="fxfir-synth-") as name:
        work = Path(name)
        made = elaborate(core, chosen, work)
        chosen = spared(chosen, made)
        step()
        netlist = synthesise(core, chosen, work, made)
        step()
        verdict = None
        if check:
            verdict = check_netlist(core, chosen.family, work)
            step()
        names = read_names(work / "net.json") if routed else None
        routes = []
        for seed in routed:
            assert names is not None
            routes.append(place(chosen, work, names, seed=seed, freq_mhz=freq_mhz))
            step()
    return Report(
        name=core.name,
        hash=core.hash,
        device=chosen,
        tool=netlist.creator,
        resources=netlist.resources,
        cells=netlist.cells,
        instantiated=made.blocks,
        inferred=made.inferred,
        freq_mhz=freq_mhz,
        routes=tuple(routes),
        check=verdict,
    )


def _need_seeds(seeds: Sequence[int], freq_mhz: float) -> None:
    if not seeds or min(seeds) < 1 or len(set(seeds)) != len(seeds):
        raise ToolError(f"seeds must be different whole numbers from 1, got {list(seeds)}")
    if not math.isfinite(freq_mhz) or freq_mhz <= 0:
        raise ToolError(f"the frequency to aim at must be positive, got {freq_mhz:g} MHz")
