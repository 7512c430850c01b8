"""Which hatch to shut next: the plan that finds and isolates a leak soonest, with everyone on their own side."""
