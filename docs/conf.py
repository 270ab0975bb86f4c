"""Sphinx configuration: MyST pages, no autosummary."""

project = "fxfir"
extensions = ["myst_parser"]
exclude_patterns = ["_build", "demo.py"]
html_theme = "furo"
