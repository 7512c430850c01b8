"""Cases whose records and summaries are held against the documentation: what the stories play, and a few faults."""

from test_any_blocks import HATCHES

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
