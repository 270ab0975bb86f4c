"""Verilog models of vendor cells that Yosys declares without behaviour."""
