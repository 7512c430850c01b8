"""Mathematics of belief; no word of leaks here."""
