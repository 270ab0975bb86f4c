"""Stimuli, engines, comparison, evidence and the mutation score.

Nothing is imported here: the simulator's own Python imports `fxfir.verify.cocotb_bench` at every
run and needs neither NumPy nor Amaranth.

- `fxfir.verify.stimulus`: `standard`, `make`, `user`, `STIMULI`
- `fxfir.verify.engine`: `run`, `ENGINES`
- `fxfir.verify.target`: `load` a core folder
- `fxfir.verify.check`: `verify_core`
- `fxfir.verify.compare`: `compare`, `Mismatch`
- `fxfir.verify.mutation`: `mutate`
"""
