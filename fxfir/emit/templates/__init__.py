"""Texts that are copied into a core folder; ``@name@`` marks are filled in."""
