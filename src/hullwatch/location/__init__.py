"""Where it leaks: evidence becomes a posterior over compartments."""
