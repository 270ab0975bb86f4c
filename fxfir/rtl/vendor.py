"""What emission hands to the gates as their platform: leave to use a vendor's primitives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from amaranth.hdl import Elaboratable, EnableInserter, Fragment, Instance, Value

__all__ = ["Gated", "Vendor"]


class Vendor:
    """Marks an elaboration whose result becomes Verilog, and collects the modules it refers to.

    No simulator of Amaranth can run a black box, so elaboration without a platform, or for any
    other one, gives plain gates with the same registers.

    Parameters
    ----------
    prefix : str
        Of the modules' names: the name of the core, so that two cores in one design differ.

    Attributes
    ----------
    texts : dict of str to str
        Verilog text of each module referred to so far, by name.
    """

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.texts: dict[str, str] = {}
        self._enable: Value | None = None

    def gated(self, enable: Value) -> Vendor:
        """Return the same platform for a part that stands still unless `enable` is 1."""
        inner = Vendor(self.prefix)
        inner.texts = self.texts
        inner._enable = enable if self._enable is None else self._enable & enable
        return inner

    def enable(self, en: Value) -> Value:
        """Return the clock enable of a black box that would have `en` if nothing else stood still.

        Amaranth's `EnableInserter` reaches registers and no black boxes.
        """
        return en if self._enable is None else self._enable & en

    def instance(self, kind: str, template: str, ports: Mapping[str, Any]) -> Instance:
        """Refer to a module of this core's own.

        Parameters
        ----------
        kind : str
            Name of the module behind the prefix.
        template : str
            Its Verilog text, ``$name`` standing for its name.
        ports : mapping of str to Value or int
            As keyword arguments of Amaranth's `Instance`.

        Returns
        -------
        Instance
        """
        name = f"{self.prefix}_{kind}"
        self.texts[name] = template.replace("$name", name)
        return Instance(name, **ports)


class Gated(Elaboratable):
    """A component that moves only while a bit is 1, its black boxes included.

    Parameters
    ----------
    component : Elaboratable
    enable : Value
    """

    def __init__(self, component: Any, enable: Value) -> None:
        self._component = component
        self._enable = enable

    def elaborate(self, platform: Any) -> Any:
        """Return the component's gates with the enable in front of every register."""
        if isinstance(platform, Vendor):
            platform = platform.gated(self._enable)
        return EnableInserter(self._enable)(Fragment.get(self._component, platform))
