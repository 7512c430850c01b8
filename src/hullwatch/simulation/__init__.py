"""A ship with known leaks, played forward: scenario, truth, sensors."""
