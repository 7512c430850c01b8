"""Plans, hold tests, evidence and the way home are the same whatever the blocks: the nights of MS-09, cut at random."""

import random

from hullwatch.telemetry.files import open_source
from watching import Cases, between, record_of


def test_the_answers_do_not_hang_on_the_blocks(cases: Cases) -> None:
    played = cases.played("soyuz-ms-09")
    source = open_source(str(played.telemetry), played.ship)
    samples = between(source, "2018-08-29T12:00Z", "2018-08-31T10:00Z")
    draw = random.Random(20180829)
    cuts = sorted(draw.randrange(samples.time_s.size) for _ in range(60))
    cuts += [c + 1 for c in cuts[:5]]
    beside = {"evidence": played.evidence, "roster": played.roster}
    whole, _ = record_of(samples, played.ship, [], **beside)  # type: ignore[arg-type]
    parts, _ = record_of(samples, played.ship, cuts, **beside)  # type: ignore[arg-type]
    kinds = {event.kind for event in whole}
    assert {"advice", "crew_time", "clearance", "return_question", "evidence"} <= kinds
    assert parts == whole
