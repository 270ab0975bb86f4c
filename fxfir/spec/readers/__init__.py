"""Readers of files that hold taps or second-order sections; one file per format."""
