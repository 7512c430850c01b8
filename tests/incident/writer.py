"""A writer to be killed: appends batches of three and prints each number once it is acknowledged.

With a second word it waits so many seconds between batches, as a watch does for telemetry.
"""

import sys
import time

from hullwatch.incident.store import open_record
from hullwatch.records import Event

pause_s = float(sys.argv[2]) if len(sys.argv) > 2 else 0.0
with open_record(sys.argv[1]) as record:
    seq, _ = record.head
    while True:
        record.append([Event(1.5e9 + seq + i, "trend", None, {"groups": [], "n": seq + i}) for i in range(3)])
        seq += 3
        print(seq, flush=True)
        time.sleep(pause_s)
