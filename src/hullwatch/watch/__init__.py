"""The chain, in order."""

from hullwatch.watch.chain import begin, end, watch
from hullwatch.watch.memory import Settings, WatchMemory
from hullwatch.watch.run import run

__all__ = ["Settings", "WatchMemory", "begin", "end", "run", "watch"]
