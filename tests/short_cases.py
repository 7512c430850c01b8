"""Cases whose records and summaries are held against the documentation: what the stories play, and a few faults."""

HATCHES = """
name = "hatches"
title = "A hole, and hatches that move"
provenance = "Invented."
vehicle = "demo"
start_utc = "2030-05-06T08:00Z"
duration = "3 h"
seed = 5

[[events]]
at = "+20 min"
kind = "hole"
id = "h"
compartment = "STORE"
rate = "300 kg/day"

[[events]]
at = "+60 min"
kind = "hatch"
hatch = "NODE-STORE"
state = "closed"

[[events]]
at = "+80 min"
kind = "signal_loss"
duration = "3 min"

[[events]]
at = "+90 min"
kind = "hatch"
hatch = "NODE-STORE"
state = "open"

[[events]]
at = "+100 min"
kind = "patch"
hole = "h"
remaining = 0.0

[[events]]
at = "+130 min"
kind = "makeup"
compartment = "NODE"
gas = "N2"
mass = "1 kg"
duration = "5 min"

[[events]]
at = "+150 min"
kind = "clock_step"
step = "-20 s"
"""

FAULTY = """
name = "faulty"
title = "Sensors that lie, a clock that steps, a feed that stops"
provenance = "Invented."
vehicle = "demo"
start_utc = "2030-05-06T08:00Z"
duration = "4 h"
seed = 3

[[events]]
at = "+60 min"
kind = "sensor_fault"
channel = "P_LAB"
fault = "step"
size = "-2 mmHg"

[[events]]
at = "+90 min"
kind = "sensor_fault"
channel = "P_NODE"
fault = "spike"
size = "20 mmHg"

[[events]]
at = "+100 min"
kind = "sensor_fault"
channel = "P_STORE"
fault = "dead"

[[events]]
at = "+120 min"
kind = "clock_step"
step = "-40 s"

[[events]]
at = "+150 min"
kind = "signal_loss"
duration = "5 min"
"""

FAULTS_AND_CASES = {
    "demo-leak": "demo-leak",
    "quiet-day": "quiet-day",
    "soyuz-ms-09": "soyuz-ms-09",
    "hatches": HATCHES,
    "faulty": FAULTY,
}
