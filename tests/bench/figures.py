"""How figures are printed: median and p99 of what was seen, and ratios of the same run."""

from collections.abc import Sequence

__all__ = ["line", "quantile"]


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value below which a share of them lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def line(name: str, ours: Sequence[float], floor: Sequence[float], *, unit: str, of: str, aim: str = "") -> str:
    """Compare two series by their medians: a ratio first, since the machine's speed is nobody's merit."""
    a, b = quantile(ours, 0.5), quantile(floor, 0.5)
    return f"{name:<34} {a / b:6.2f} × {of:<26} {a:10.3f} against {b:10.3f} {unit:<3} (n={len(ours)})  {aim}"
