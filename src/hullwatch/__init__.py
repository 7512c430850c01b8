"""Hullwatch keeps watch over the air of a crewed spacecraft."""

__version__ = "0.1.0"
