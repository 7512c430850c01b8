"""The chain, in order."""

from hullwatch.watch.chain import Settings, WatchMemory, begin, end, watch
from hullwatch.watch.run import run

__all__ = ["Settings", "WatchMemory", "begin", "end", "run", "watch"]
