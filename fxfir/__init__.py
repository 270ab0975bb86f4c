"""fxfir: the open filter compiler.

The stages are sub-packages and are imported by name, so that `import fxfir` costs nothing:
`fxfir.fixed`, `fxfir.filters`, `fxfir.spec`, `fxfir.design`, `fxfir.quantize`, `fxfir.model`,
`fxfir.rtl`, `fxfir.emit`, `fxfir.verify`, `fxfir.analysis` and, to chain them, `fxfir.flow`.
"""

from fxfir.version import __version__

__all__ = ["__version__"]
