"""Random filters of every kind, as the JSON of a manifest."""

from random import Random
from typing import Any

ROUNDINGS = ["floor", "ceil", "to_zero", "half_up", "half_down", "half_away", "half_even"]
FORMS = ["df1", "df2", "df1t", "df2t"]


def fmt(rng: Random, *, width: int | None = None, signed: bool | None = None) -> str:
    width = width or rng.choice([1, 2, 5, 8, 12, 16])
    signed = rng.random() < 0.8 if signed is None else signed
    frac = rng.randint(-3, width + 3)
    return f"{'s' if signed else 'u'}fix{width}_{f'En{frac}' if frac >= 0 else f'E{-frac}'}"


def near(rng: Random, width: int, frac: int) -> str:
    """A signed format whose binary point stays where a section's numbers are."""
    frac += rng.randint(-3, 2)
    return f"sfix{width}_{f'En{frac}' if frac >= 0 else f'E{-frac}'}"


def cast(rng: Random, to: str) -> dict[str, str]:
    overflow = rng.choice(["wrap", "saturate"])
    return {"to": to, "rounding": rng.choice(ROUNDINGS), "overflow": overflow}


def fir(rng: Random, reads: str | None = None) -> dict[str, Any]:
    taps = [rng.randint(-128, 127) for _ in range(rng.randint(1, 9))]
    return {
        "type": "FixedFir",
        "taps": [taps[0] or 1, *taps[1:]],
        "coeff": near(rng, 8, 7),
        "input": reads or fmt(rng),
        "output": cast(rng, fmt(rng)),
    }


def section(rng: Random, form: str) -> dict[str, Any]:
    return {
        "type": "Direct",
        "form": form,
        "b": [rng.randint(-128, 127) for _ in range(3)],
        "a": [rng.randint(-128, 127) for _ in range(2)],
        "b_coeff": near(rng, 8, 7),
        "a_coeff": near(rng, 8, 6),
        "state": None if form == "df1" else cast(rng, near(rng, 12, 8)),
        "out": cast(rng, near(rng, 10, 7)),
        "feedback": [rng.randint(-2, 2), rng.randint(-1, 1)]
        if form == "df1" and rng.random() < 0.5
        else None,
    }


def sos(rng: Random, reads: str | None = None, forms: list[str] | None = None) -> dict[str, Any]:
    forms = forms or rng.choices(FORMS, k=rng.randint(1, 3))
    return {
        "type": "FixedSos",
        "sections": [section(rng, form) for form in forms],
        "input": reads or near(rng, 8, 7),
        "output": cast(rng, near(rng, 8, 5)),
    }


def requantise(rng: Random, reads: str | None = None) -> dict[str, Any]:
    return {"type": "Requantise", "input": reads or fmt(rng), "cast": cast(rng, fmt(rng))}


def interleave(rng: Random, reads: str | None = None) -> dict[str, Any]:
    """Two to four channels, of one filter or of one each."""
    channels = rng.randint(2, 4)
    first = sos(rng, reads)
    parts = [first]
    if rng.random() < 0.6:
        parts += [
            {**sos(rng, first["input"]), "output": first["output"]} for _ in range(channels - 1)
        ]
    elif rng.random() < 0.5:
        parts = [{"type": "Bank", "filters": [first, sos(rng, first["input"])]}]
    return {"type": "Interleave", "filters": parts, "channels": channels}


def clip(rng: Random, reads: str | None = None) -> dict[str, Any]:
    reads = reads or fmt(rng)
    bits = int(reads[4:].split("_")[0])
    lo = -(1 << (bits - 1)) if reads[0] == "s" else 0
    ends = sorted(rng.randint(lo, lo + (1 << bits) - 1) for _ in range(2))
    return {"type": "Clip", "input": reads, "lo": ends[0], "hi": ends[1]}


def table(rng: Random, reads: str | None = None) -> dict[str, Any]:
    reads = reads or fmt(rng)
    count = 1 << int(reads[4:].split("_")[0])
    to = fmt(rng, width=8, signed=True)
    words = [rng.randint(-128, 127) for _ in range(count)]
    return {"type": "Table", "input": reads, "words": words, "to": to}


def leaf(rng: Random, reads: str | None = None) -> dict[str, Any]:
    return rng.choice([fir, sos, requantise, clip, table])(rng, reads)


def gives(node: dict[str, Any]) -> str:
    match node["type"]:
        case "Requantise":
            return node["cast"]["to"]
        case "Clip":
            return node["input"]
        case "Table":
            return node["to"]
        case _:
            return node["output"]["to"]


def nested(rng: Random) -> dict[str, Any]:
    """Lanes of series of lanes: two inputs, three outputs."""
    reads = fmt(rng)
    first = leaf(rng, reads)
    row = {"type": "Series", "stages": [first, leaf(rng, gives(first))]}
    bank = {"type": "Bank", "filters": [row, fir(rng, reads)]}
    beside = {"type": "Parallel", "filters": [bank, leaf(rng)]}
    ends = [gives(row["stages"][1]), gives(bank["filters"][1]), gives(beside["filters"][1])]
    tail = {"type": "Parallel", "filters": [leaf(rng, end) for end in ends]}
    return {"type": "Series", "stages": [beside, tail]}
