"""The console: the record folded into one view, served to people and programs. It reads nothing but the record."""
