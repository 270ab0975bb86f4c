"""Random contract objects: every form, rounding, overflow and nesting."""

from hypothesis import strategies as st

from fxfir.filters import (
    Bank,
    Clip,
    Direct,
    FixedFir,
    FixedSos,
    Form,
    Interleave,
    Parallel,
    Requantise,
    Series,
    Sum,
    Table,
)
from fxfir.fixed import Cast, Format, Overflow, Rounding


def formats(max_width=16, spread=6):
    """Formats whose binary point is near the word."""
    return st.builds(
        lambda signed, width, below: Format(signed=signed, width=width, frac=width + below),
        st.booleans(),
        st.integers(2, max_width),
        st.integers(-spread, spread),
    )


def casts(max_width=16, spread=6):
    return st.builds(
        Cast,
        to=formats(max_width, spread),
        rounding=st.sampled_from(Rounding),
        overflow=st.sampled_from(Overflow),
    )


def words(fmt):
    ends = [w for w in (fmt.lo, fmt.lo + 1, 0, 1, fmt.hi - 1, fmt.hi) if fmt.contains(w)]
    return st.one_of(st.sampled_from(ends), st.integers(fmt.lo, fmt.hi))


@st.composite
def firs(draw, max_taps=12, max_width=16, source=None):
    coeff = draw(formats(max_width))
    taps = draw(st.lists(words(coeff), min_size=1, max_size=max_taps).filter(any))
    return FixedFir(
        taps=tuple(taps),
        coeff=coeff,
        input=source or draw(formats(max_width)),
        output=draw(casts(max_width)),
    )


@st.composite
def sections(draw, max_width=16, form=None):
    form = form or draw(st.sampled_from(Form))
    b_coeff, a_coeff = draw(formats(max_width)), draw(formats(max_width))
    feedback = None
    if form is Form.DF1 and draw(st.booleans()):
        feedback = (draw(st.integers(-2, 2)), draw(st.integers(-2, 2)))
    return Direct(
        form=form,
        b=tuple(draw(words(b_coeff)) for _ in range(3)),
        a=tuple(draw(words(a_coeff)) for _ in range(2)),
        b_coeff=b_coeff,
        a_coeff=a_coeff,
        state=None if form is Form.DF1 else draw(casts(max_width)),
        out=draw(casts(max_width)),
        feedback=feedback,
    )


@st.composite
def cascades(draw, max_sections=3, max_width=16, form=None, source=None):
    count = draw(st.integers(1, max_sections))
    return FixedSos(
        sections=tuple(draw(sections(max_width, form)) for _ in range(count)),
        input=source or draw(formats(max_width)),
        output=draw(casts(max_width)),
    )


@st.composite
def requantisers(draw, max_width=16, source=None):
    return Requantise(input=source or draw(formats(max_width)), cast=draw(casts(max_width)))


@st.composite
def clips(draw, max_width=16, source=None):
    fmt = source or draw(formats(max_width))
    lo, hi = sorted(draw(st.tuples(words(fmt), words(fmt))))
    return Clip(input=fmt, lo=lo, hi=hi)


@st.composite
def tables(draw, source=None):
    """What is too wide for a table is cast first."""
    narrow = draw(formats(6))
    fmt = source if source is not None and source.width <= 6 else narrow
    to = draw(formats())
    entries = draw(st.lists(words(to), min_size=1 << fmt.width, max_size=1 << fmt.width))
    table = Table(input=fmt, words=entries, to=to)
    if source in (None, fmt):
        return table
    return Series(stages=(Requantise(input=source, cast=Cast(to=fmt)), table))


@st.composite
def sums(draw, source=None):
    """Two or three casts of one lane, added."""
    fmt = source or draw(formats())
    casts_ = [draw(requantisers(source=fmt)) for _ in range(draw(st.integers(2, 3)))]
    lanes = tuple(c.cast.to for c in casts_)
    total = Sum(inputs=lanes, output=draw(casts()), offset=draw(st.integers(-300, 300)))
    return Series(stages=(Bank(filters=tuple(casts_)), total))


@st.composite
def interleaved(draw, source=None, max_channels=4):
    """Two or more channels, of one filter or of one each."""
    channels = draw(st.integers(2, max_channels))
    kind = draw(st.sampled_from([firs, cascades, requantisers]))
    first = draw(kind(source=source))
    if draw(st.booleans()):
        if draw(st.booleans()):
            first = Bank(filters=(first, draw(kind(source=first.inputs[0]))))
        return Interleave(filters=(first,), channels=channels)
    others = []
    for _ in range(channels - 1):
        other = draw(kind(source=first.inputs[0]))
        same = Requantise(input=other.outputs[0], cast=Cast(to=first.outputs[0]))
        others.append(Series(stages=(other, same)))
    return Interleave(filters=(first, *others), channels=channels)


@st.composite
def nodes(draw, depth=2, source=None):
    """One input lane of format `source`; nested up to `depth` levels."""
    source = source or draw(formats())
    kinds = ["fir", "sos", "requantise", "clip", "table", "sum"] + [
        "series",
        "bank",
        "interleave",
    ] * (depth > 0)
    match draw(st.sampled_from(kinds)):
        case "fir":
            return draw(firs(source=source))
        case "sos":
            return draw(cascades(source=source))
        case "requantise":
            return draw(requantisers(source=source))
        case "clip":
            return draw(clips(source=source))
        case "table":
            return draw(tables(source=source))
        case "sum":
            return draw(sums(source=source))
        case "bank":
            count = draw(st.integers(1, 3))
            return Bank(filters=tuple(draw(nodes(depth - 1, source)) for _ in range(count)))
        case "interleave":
            return draw(interleaved(source=source))
        case _:
            first = draw(nodes(depth - 1, source))
            lanes = tuple(draw(nodes(0, fmt)) for fmt in first.outputs)
            return Series(stages=(first, Parallel(filters=lanes)))
