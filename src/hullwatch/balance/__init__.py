"""What mass should be there, and what is missing: one filter for each pressure group."""
