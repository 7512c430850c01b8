"""The facts of this ship: compartments, hatches, channels, limits, crew."""
