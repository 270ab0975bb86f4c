"""`fxfir analyze` of a cascade: text and JSON."""

import json

import numpy as np
from scipy import signal

ROWS = signal.ellip(4, 0.5, 50, 0.1, output="sos")


def test_faithful_words_are_said_to_settle(run) -> None:
    np.savetxt("sos.csv", ROWS, delimiter=",")
    assert run("generate", "--sos", "sos.csv", "-o", "core", "--accuracy", "faithful").status == 0
    ran = run("analyze", "core")
    assert ran.status == 0, ran.err
    for text in ("becomes exactly 0 after the input has", "limit cycles: ", "round-off", "df1, b "):
        assert text in ran.out
    said = json.loads(run("analyze", "core", "--json").out)
    assert said["silent"] is True
    assert 0.5 < said["found_lsb"] <= said["error_lsb"] < 1
    assert 0 < said["roundoff"]["measured_rms_lsb"] < said["error_lsb"]
    assert 0 < said["roundoff"]["predicted_rms_lsb"] < said["error_lsb"]
    for section in said["sections"]:
        assert section["limit_cycles"]["searched"]
        assert section["limit_cycles"]["range"][0] < 0 < section["limit_cycles"]["range"][1]
    assert sum(section["error_lsb"] for section in said["sections"]) < 0.5


def test_an_overflow_inside_is_found_where_no_bound_excludes_it(run) -> None:
    """Scaled for steady tones only, so the signs of the impulse response saturate a word."""
    np.savetxt("sos.csv", signal.ellip(6, 0.1, 60, 0.25, output="sos"), delimiter=",")
    assert run("generate", "--sos", "sos.csv", "-o", "core").status == 0
    said = json.loads(run("analyze", "core", "--json").out)
    assert said["error_lsb"] is None
    assert said["found_lsb"] > 100
