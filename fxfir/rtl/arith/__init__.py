"""Gates for arithmetic: exact numbers, adder trees, and the cast that drops bits."""
