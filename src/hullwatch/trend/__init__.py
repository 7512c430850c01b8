"""Slow leaks followed for years: what the rate was, when it changed, what it will do."""
