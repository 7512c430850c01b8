"""How fast, and how large a hole."""
