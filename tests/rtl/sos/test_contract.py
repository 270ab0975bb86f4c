"""Every architecture of a cascade against the contract, in every form."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fxfir.errors import ArchitectureError
from fxfir.filters import FixedFir, Form, from_json, to_json
from fxfir.fixed import SQ, UQ, Cast, Format, Overflow, Rounding
from fxfir.rtl.sos import ARCHITECTURES
from tests.rtl.sos import cases, oracle
from tests.rtl.sos.bench import drive
from tests.rtl.sos.checks import (
    chance,
    check_numbers,
    check_resets,
    check_stalls,
    check_timing,
    noise,
    rails,
)
from tests.rtl.sos.strategies import filters

architectures = pytest.mark.parametrize("arch", ARCHITECTURES)
forms = pytest.mark.parametrize("form", cases.FORMS, ids=lambda f: f.value)
roundings = pytest.mark.parametrize("rounding", Rounding, ids=lambda r: r.value)
overflows = pytest.mark.parametrize("overflow", Overflow, ids=lambda o: o.value)


@architectures
@forms
def test_random_words(arch, form, seed):
    sos = cases.cascade(*[cases.make(form)] * 2)
    check_numbers(ARCHITECTURES[arch](sos), noise(sos, 60, seed))


@architectures
@forms
@overflows
@roundings
def test_every_rounding_and_overflow(arch, form, rounding, overflow, seed):
    sos = cases.narrow(form, rounding, overflow)
    check_numbers(ARCHITECTURES[arch](sos), noise(sos, 50, seed))


@architectures
@forms
@pytest.mark.parametrize("n_sections", [1, 2, 3])
def test_timing_is_as_declared(arch, form, n_sections):
    check_timing(ARCHITECTURES[arch](cases.cascade(*[cases.make(form)] * n_sections)))


@architectures
def test_timing_of_mixed_forms(arch):
    check_timing(ARCHITECTURES[arch](cases.mixed()), 5)


@architectures
@pytest.mark.parametrize("k", range(len(cases.trivial())))
def test_trivial_coefficients(arch, k, seed):
    sos = cases.trivial()[k]
    core = ARCHITECTURES[arch](sos)
    check_numbers(core, noise(sos, 12, seed))
    check_timing(core, 4)


@architectures
@forms
def test_gaps_and_stalls(arch, form, seed):
    check_stalls(ARCHITECTURES[arch](cases.cascade(cases.make(form))), 25, seed)


@architectures
def test_gaps_and_stalls_of_mixed_forms(arch, seed):
    check_stalls(ARCHITECTURES[arch](cases.mixed()), 12, seed)


@architectures
@forms
def test_reset_at_every_phase(arch, form, seed):
    check_resets(ARCHITECTURES[arch](cases.cascade(cases.make(form))), seed)


@architectures
def test_reset_at_every_phase_of_two_sections_with_feedback(arch, seed):
    sos = cases.cascade(cases.make("df2t"), cases.make("df1", feedback=(-1, 1)))
    check_resets(ARCHITECTURES[arch](sos), seed)


@architectures
def test_reset_while_the_output_is_stalled(arch, seed):
    sos = cases.cascade(cases.make("df1"))
    core = ARCHITECTURES[arch](sos)
    x = noise(sos, 10, seed)
    at = core.timing.latency + 2 * core.timing.interval + 3
    trace = drive(core, x, ready=lambda edge: edge > at, reset_at=[at], n_out=2)
    fresh = sum(edge < at for edge in trace.accepted_at)
    assert fresh >= 2
    assert trace.output == oracle.run(sos, x[fresh : fresh + 2])


@architectures
@forms
def test_high_q_poles_saturate_inside_the_loop(arch, form):
    sos = cases.high_q(form)
    x = rails(sos, 80)
    witness = oracle.Cascade(sos)
    witness.run(x)
    assert witness.railed > 20
    check_numbers(ARCHITECTURES[arch](sos), x)


@architectures
@forms
def test_wrap_inside_the_loop(arch, form, seed):
    wrap = Cast(to=SQ(1, 15), overflow=Overflow.WRAP)
    state = None if form is Form.DF1 else wrap
    sos = cases.cascade(
        *[cases.make(form, b=(32767, -32768, 32767), state=state, out=wrap)] * 2, output=wrap
    )
    x = noise(sos, 60, seed)
    kept = cases.cascade(
        *[cases.make(form, b=(32767, -32768, 32767), state=state and Cast(to=SQ(1, 15)))] * 2
    )
    assert oracle.run(sos, x) != oracle.run(kept, x)
    check_numbers(ARCHITECTURES[arch](sos), x)


@architectures
@forms
def test_unsigned_words(arch, form, seed):
    sos = cases.unsigned(form)
    check_numbers(ARCHITECTURES[arch](sos), noise(sos, 60, seed))


@architectures
def test_mixed_forms_and_formats(arch, seed):
    sos = cases.mixed()
    x = noise(sos, 50, seed)
    assert len(set(oracle.run(sos, x))) > 5
    check_numbers(ARCHITECTURES[arch](sos), x)


@architectures
@roundings
@pytest.mark.parametrize("feedback", [(-2, 1), (-1, 0), (3, -5), (0, 1)])
def test_error_feedback(arch, rounding, feedback, seed):
    out = Cast(to=SQ(1, 7), rounding=rounding)
    sections = [cases.make("df1", feedback=feedback, out=out)] * 2
    sos = cases.cascade(*sections, input=SQ(1, 7), output=out)
    x = noise(sos, 30, seed)
    plain = cases.cascade(*[cases.make("df1", out=out)] * 2, input=SQ(1, 7), output=out)
    assert oracle.run(sos, x) != oracle.run(plain, x)
    check_numbers(ARCHITECTURES[arch](sos), x)


@architectures
def test_error_feedback_where_nothing_is_dropped(arch, seed):
    out = Cast(to=Format.parse("sfix40_En34"))
    sos = cases.cascade(cases.make("df1", a=(0, 0), feedback=(-2, 1), out=out))
    check_numbers(ARCHITECTURES[arch](sos), noise(sos, 20, seed))


@architectures
def test_wide_words(arch, seed):
    state = Cast(to=SQ(4, 70))
    sections = [
        cases.make(
            form,
            b=(0x123456789ABCDEF0, -0x7FFFFFFFFFFFFFFF, 3),
            a=(-0x654321, 0x123456),
            b_coeff=SQ(2, 62),
            a_coeff=SQ(2, 22),
            state=None if form is Form.DF1 else state,
            out=Cast(to=SQ(2, 66)),
        )
        for form in cases.FORMS
    ]
    sos = cases.cascade(*sections, output=Cast(to=SQ(2, 64)))
    check_numbers(ARCHITECTURES[arch](sos), noise(sos, 15, seed))


@architectures
def test_json_round_trip(arch, seed):
    sos = cases.mixed()
    core = ARCHITECTURES[arch](sos)
    data = json.loads(json.dumps({"filter": to_json(sos), "architecture": core.architecture}))
    options = dict(data["architecture"])
    again = ARCHITECTURES[options.pop("name")](from_json(data["filter"]), **options)
    assert (again.filter, again.timing) == (sos, core.timing)
    assert again.architecture == core.architecture
    check_numbers(again, noise(sos, 10, seed))


@architectures
def test_elaborating_twice_gives_the_same_gates(arch):
    from amaranth.back import rtlil

    core = ARCHITECTURES[arch](cases.mixed())
    assert rtlil.convert(core, emit_src=False) == rtlil.convert(core, emit_src=False)


@architectures
def test_another_filter_is_refused(arch):
    fir = FixedFir(taps=(1,), coeff=SQ(2, 0), input=SQ(1, 7), output=Cast(to=SQ(1, 7)))
    with pytest.raises(
        ArchitectureError, match=rf"^architecture '{arch}' builds a FixedSos, got FixedFir$"
    ):
        ARCHITECTURES[arch](fir)


@architectures
@settings(max_examples=40)
@given(sos=filters, x=st.lists(st.integers(0, 255), min_size=1, max_size=20), gaps=st.integers())
def test_any_small_cascade(arch, sos, x, gaps):
    words = [sos.input.lo + v % (1 << sos.input.width) for v in x]
    check_numbers(
        ARCHITECTURES[arch](sos),
        words,
        valid=chance(gaps, 0.7),
        ready=chance(gaps + 1, 0.7),
    )


@pytest.mark.slow
@architectures
@settings(max_examples=400)
@given(sos=filters, x=st.lists(st.integers(0, 255), min_size=1, max_size=40), gaps=st.integers())
def test_any_small_cascade_at_length(arch, sos, x, gaps):
    words = [sos.input.lo + v % (1 << sos.input.width) for v in x]
    core = ARCHITECTURES[arch](sos)
    check_timing(core, 3)
    check_numbers(core, words, valid=chance(gaps, 0.7), ready=chance(gaps + 1, 0.7))


def test_unsigned_full_scale_meets_every_bit():
    sos = cases.cascade(
        cases.make("df1", b=(1, 0, 0), a=(0, 0), b_coeff=UQ(1, 0), out=Cast(to=UQ(0, 12))),
        input=UQ(0, 12),
        output=Cast(to=UQ(0, 12)),
    )
    for arch in ARCHITECTURES.values():
        assert check_numbers(arch(sos), [0, 4095, 2048, 1]).output == [0, 4095, 2048, 1]
