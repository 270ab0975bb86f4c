"""Component to core folder: Verilog text, manifest, vectors, benches."""

from fxfir.emit.files import core_files, verilog_text
from fxfir.emit.folder import check_folder, write_folder
from fxfir.emit.manifest import filter_hash, manifest
from fxfir.emit.names import check_name
from fxfir.emit.source import CoreSource

__all__ = [
    "CoreSource",
    "check_folder",
    "check_name",
    "core_files",
    "filter_hash",
    "manifest",
    "verilog_text",
    "write_folder",
]
