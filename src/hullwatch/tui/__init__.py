"""The console in a terminal: the same view, for a poor link or no browser. It reads nothing but the view."""
