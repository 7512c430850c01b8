"""Every rule of cleaning, one by one and mixed; and any cutting into blocks gives the same frames, bit for bit."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from one_feed import CHANNELS, COLUMN, ITEMS, T0, Row, column, flags, joined, kinds, run, samples, steady

from hullwatch.records import Frames, Quality, Samples
from hullwatch.telemetry.clean import NOTES_PER_KIND, begin, clean, flush, missing_channels
from hullwatch.units import MMHG_PA
from hullwatch.vehicle.facts import Vehicle

# --- one rule at a time -----------------------------------------------------------------------------------------------


def test_readings_of_one_second_make_one_frame_in_si(ship: Vehicle) -> None:
    frames, notes, _ = run(ship, [(0.1, "P", 745.0), (0.2, "Q", 14.4), (0.9, "T", 22.5), (1.0, "P", 745.1)])
    assert notes == ()
    assert frames.time_s.tolist() == [T0, T0 + 1.0]
    assert frames.channels == tuple(c.id for c in CHANNELS)
    # 1 mmHg = 13.5951 kg/dm3 * 9.80665 m/s2 * 1 mm; 1 psi = 0.45359237 kg * 9.80665 m/s2 / (25.4 mm)^2
    assert column(frames, "P")[0] == pytest.approx(745.0 * 13.5951 * 9.80665, rel=1e-7)
    assert column(frames, "Q")[0] == pytest.approx(14.4 * 0.45359237 * 9.80665 / 0.0254**2, rel=1e-9)
    assert column(frames, "T")[0] == pytest.approx(295.65)
    assert frames.fresh[:, : COLUMN["T"] + 1].tolist() == [[True, True, True], [True, False, False]]
    assert column(frames, "Q")[1] == column(frames, "Q")[0]  # held
    assert flags(frames, "O2").tolist() == [Quality.MISSING] * 2


def test_the_reading_replaced_is_kept_beside_the_new_one(ship: Vehicle) -> None:
    frames, _, _ = run(ship, [(0.0, "P", 745.0), (1.0, "P", 745.0), (2.0, "P", 745.1), (3.0, "P", 745.1)])
    previous = frames.previous_si[:, COLUMN["P"]] / MMHG_PA
    assert np.isnan(previous[:2]).all()
    assert previous[2:] == pytest.approx([745.0, 745.0])


@pytest.mark.parametrize("value", [59.9, 850.1, -3.0, np.nan, np.inf])
def test_an_unbelievable_value_is_set_aside_and_the_last_good_one_held(ship: Vehicle, value: float) -> None:
    frames, notes, _ = run(ship, [*steady(0, 5), (5.0, "P", value), (6.0, "P", 745.0)])
    assert column(frames, "P") == pytest.approx([745.0 * MMHG_PA] * 7)
    assert kinds(notes) == ["out_of_range"]
    assert notes[0].channel == "P"
    assert "outside 60 to 850 mmHg" in notes[0].why
    assert [bool(f & Quality.OUT_OF_RANGE) for f in flags(frames, "P")] == [False] * 5 + [True, False]
    assert not frames.fresh[5, COLUMN["P"]]


def test_a_value_at_the_edge_of_the_range_is_believed(ship: Vehicle) -> None:
    frames, notes, _ = run(ship, [(0.0, "T", 0.0), (1.0, "T", 50.0)])
    assert notes == ()
    assert column(frames, "T") == pytest.approx([273.15, 323.15])


def test_a_spike_that_goes_back_is_set_aside(ship: Vehicle) -> None:
    frames, notes, _ = run(ship, [*steady(0, 5), (5.0, "P", 749.0), *steady(6, 9)])
    assert column(frames, "P") == pytest.approx([745.0 * MMHG_PA] * 9)
    assert kinds(notes) == ["outlier"]
    assert notes[0].start_s == T0 + 5.0
    assert "749" in notes[0].why


def test_a_spike_that_a_second_reading_confirms_is_believed(ship: Vehicle) -> None:
    frames, notes, _ = run(ship, [*steady(0, 5), (5.0, "P", 749.0), (6.0, "P", 749.1), (7.0, "P", 749.1)])
    assert notes == ()
    assert column(frames, "P") / MMHG_PA == pytest.approx([745.0] * 6 + [749.1] * 2)


def test_a_spike_published_on_change_that_nothing_contradicts_is_believed_after_ten_seconds(ship: Vehicle) -> None:
    others = steady(6, 25, 22.0, "T")
    frames, notes, _ = run(ship, [*steady(0, 5), (5.0, "P", 749.0), *others])
    assert notes == ()
    p = column(frames, "P") / MMHG_PA
    believed = np.flatnonzero(p > 748.0)
    assert frames.time_s[believed[0]] - T0 == pytest.approx(16.0)
    assert p[believed[0] :] == pytest.approx(749.0)
    assert frames.fresh[believed[0], COLUMN["P"]]


def test_a_periodic_channel_is_not_believed_for_its_silence(ship: Vehicle) -> None:
    rows: list[Row] = [(0.0, "O2", 160.0), (20.0, "O2", 170.0), *steady(21, 40), (40.0, "O2", 160.0)]
    frames, notes, _ = run(ship, rows)
    assert column(frames, "O2") / MMHG_PA == pytest.approx(160.0)
    assert kinds(notes) == ["outlier"]


def test_two_spikes_that_disagree_confirm_nothing(ship: Vehicle) -> None:
    frames, notes, _ = run(ship, [*steady(0, 5), (5.0, "P", 749.0), (6.0, "P", 741.0), *steady(7, 9)])
    assert column(frames, "P") == pytest.approx([745.0 * MMHG_PA] * 9)
    assert kinds(notes) == ["outlier", "outlier"]


def test_a_spike_that_goes_further_was_on_the_way(ship: Vehicle) -> None:
    frames, notes, _ = run(ship, [*steady(0, 5), (5.0, "P", 744.0), (6.0, "P", 742.5), (7.0, "P", 742.4)])
    assert notes == ()
    assert column(frames, "P") / MMHG_PA == pytest.approx([745.0] * 6 + [742.5, 742.4])


def test_the_first_reading_of_a_sensor_that_wakes_up_wrong_waits_for_a_second(ship: Vehicle) -> None:
    waking = replace(ship, channels=(replace(CHANNELS[0], wakes_wrong=True), *CHANNELS[1:]))
    frames, notes, _ = run(waking, [(0.0, "P", 739.0), *steady(1, 4)])
    assert np.isnan(column(frames, "P")[:2]).all()
    assert column(frames, "P")[2:] / MMHG_PA == pytest.approx([745.0] * 2)
    assert kinds(notes) == ["outlier"]
    assert "739" in notes[0].why
    believed, silent, _ = run(waking, steady(0, 3))
    assert silent == ()
    assert column(believed, "P")[1] / MMHG_PA == pytest.approx(745.0)


def test_a_change_below_the_spike_is_believed_at_once(ship: Vehicle) -> None:
    frames, notes, _ = run(ship, [(0.0, "P", 745.0), (1.0, "P", 745.29)])
    assert notes == ()
    assert column(frames, "P")[1] == pytest.approx(745.29 * MMHG_PA)


def test_silence_of_the_whole_feed_is_a_gap(ship: Vehicle) -> None:
    rows = [*steady(0, 30), *steady(300, 330, 744.0), (330.0, "T", 22.0)]
    frames, notes, memory = run(ship, rows)
    assert kinds(notes) == ["gap"]
    gap = notes[0]
    assert (gap.channel, gap.start_s, gap.end_s) == (None, T0 + 29.0, T0 + 300.0)
    assert "no signal for 271 s" in gap.why
    assert memory.signal_lost_s == 271.0
    first = int(np.searchsorted(frames.time_s, T0 + 300.0))
    marked = flags(frames, "P") & Quality.GAP != 0
    assert marked[first]
    assert not np.delete(marked, first).any()


def test_after_a_gap_a_jump_needs_no_witness(ship: Vehicle) -> None:
    frames, notes, _ = run(ship, [*steady(0, 30), (300.0, "P", 700.0), (301.0, "P", 700.0)])
    assert kinds(notes) == ["gap"]
    assert column(frames, "P")[-2:] / MMHG_PA == pytest.approx([700.0, 700.0])


def test_the_gap_flag_stays_until_the_channel_has_spoken(ship: Vehicle) -> None:
    rows = [(0.0, "Q", 14.4), *steady(0, 30), *steady(300, 310), (310.0, "Q", 14.4), (311.0, "P", 745.0)]
    frames, _, _ = run(ship, rows)
    marked = frames.time_s[flags(frames, "Q") & Quality.GAP != 0] - T0
    assert marked.tolist() == [float(t) for t in range(300, 311)]


@pytest.mark.parametrize("other", ["T", "NOBODY"])
def test_silence_of_a_channel_published_on_change_is_no_gap_while_the_feed_speaks(ship: Vehicle, other: str) -> None:
    rows = [*steady(0, 5), *steady(5, 900, 22.0, other), (900.0, "P", 745.1)]
    frames, notes, _ = run(ship, rows)
    assert notes == ()
    assert frames.time_s.size == 901
    assert not (flags(frames, "P") & (Quality.STALE | Quality.GAP)).any()


def test_a_feed_that_always_speaks_seldom_has_no_gaps(ship: Vehicle) -> None:
    slow = [(50.0 * k, "Q", 14.4) for k in range(200)]  # just under the timeout, so that the usual spacing is learnt
    slower = [(slow[-1][0] + 100.0 * k, "Q", 14.4) for k in range(1, 20)]
    assert run(ship, [*slow, *slower])[1] == ()
    assert kinds(run(ship, [*slow, (slow[-1][0] + 400.0, "Q", 14.4)])[1]) == ["gap"]


def test_the_feed_says_itself_that_signal_is_going(ship: Vehicle) -> None:
    announced = [*steady(0, 30), (30.0, "FEED", 23.0), *steady(42, 45)]
    signal = [*steady(0, 30), (30.0, "FEED", 24.0), *steady(42, 45)]
    assert kinds(run(ship, announced)[1]) == ["gap"]
    assert run(ship, signal)[1] == ()


def test_a_value_that_never_moves_is_stuck_until_it_does(ship: Vehicle) -> None:
    rows = [(20.0 * k, "P", 745.0) for k in range(300)] + [(6000.0, "P", 745.1), (6001.0, "P", 745.1)]
    frames, notes, _ = run(ship, rows)
    assert kinds(notes) == ["stuck"]
    assert notes[0].start_s == T0
    stuck = flags(frames, "P") & Quality.STUCK != 0
    assert frames.time_s[np.argmax(stuck)] - T0 == 4020.0
    assert stuck[np.argmax(stuck) : -2].all()
    assert not stuck[-2:].any()


def test_a_feed_is_frozen_when_a_sensor_that_moves_stands_still_and_all_others_do(ship: Vehicle) -> None:
    both = [row for k in range(250) for row in ((20.0 * k, "P", 745.0), (20.0 * k + 1.0, "Q", 14.5))]
    frames, notes, _ = run(ship, both)
    assert kinds(notes) == ["stuck", "frozen"]
    q = flags(frames, "Q") & Quality.STUCK != 0
    assert frames.time_s[np.argmax(q)] - T0 == 4001.0
    moving, said, _ = run(ship, [*both, (5000.0, "P", 745.0), (5001.0, "Q", 14.51), (5002.0, "T", 20.0)])
    assert kinds(said) == ["stuck", "frozen"]
    assert not (flags(moving, "Q")[-2:] & Quality.STUCK).any()
    assert (flags(moving, "P")[-2:] & Quality.STUCK).all()  # it has not moved itself


def test_a_sensor_stuck_beside_one_that_moves_leaves_the_feed_alone(ship: Vehicle) -> None:
    rows = [row for k in range(250) for row in ((20.0 * k, "P", 745.0), (20.0 * k + 1.0, "Q", 14.5 + 0.001 * (k % 2)))]
    frames, notes, _ = run(ship, rows)
    assert kinds(notes) == ["stuck"]
    assert not (flags(frames, "Q") & Quality.STUCK).any()


def test_a_loss_of_signal_is_no_time_in_which_a_value_stood_still(ship: Vehicle) -> None:
    rows = [*steady(0, 30), *steady(5000, 5010), (5010.0, "T", 22.0)]
    frames, notes, _ = run(ship, rows)
    assert "stuck" not in kinds(notes)
    assert not (flags(frames, "P") & Quality.STUCK).any()


def test_a_value_that_never_moves_is_stuck_so_long_after_signal_came_back(ship: Vehicle) -> None:
    rows = [*steady(0, 30), *[(3600.0 + 20.0 * k, "P", 745.0) for k in range(300)]]
    frames, notes, _ = run(ship, rows)
    assert kinds(notes).count("stuck") == 1
    stuck = flags(frames, "P") & Quality.STUCK != 0
    assert frames.time_s[np.argmax(stuck)] - T0 == 3600.0 + 4020.0


def test_a_periodic_channel_is_stale_after_three_periods(ship: Vehicle) -> None:
    rows = [(0.0, "O2", 160.0), *steady(1, 100), (100.0, "O2", 160.0), *steady(101, 103)]
    frames, notes, _ = run(ship, rows)
    assert kinds(notes) == ["stale"]
    stale = frames.time_s[flags(frames, "O2") & Quality.STALE != 0] - T0
    assert stale.tolist() == [float(t) for t in range(66, 100)]


def test_an_item_nobody_knows_keeps_the_feed_alive_and_says_nothing_else(ship: Vehicle) -> None:
    frames, notes, memory = run(ship, steady(0, 300, 1.0, "NOBODY"))
    assert notes == ()
    assert frames.time_s.size == 300
    assert not frames.fresh.any()
    assert missing_channels(memory) == tuple(c.id for c in CHANNELS)


def test_missing_channels_are_those_that_never_gave_a_good_reading(ship: Vehicle) -> None:
    _, _, memory = run(ship, [(0.0, "P", 745.0), (0.0, "T", 900.0), (1.0, "Q", 14.4), (1.0, "FEED", 24.0)])
    assert missing_channels(memory) == ("T", "O2", "VALVE")


def test_flush_closes_the_open_frame_once(ship: Vehicle) -> None:
    memory, frames, _ = clean(begin(ship), ship, samples([(0.0, "P", 745.0), (1.2, "P", 745.1)]))
    assert frames.time_s.tolist() == [T0]
    memory, last = flush(memory)
    assert last.time_s.tolist() == [T0 + 1.0]
    assert column(last, "P")[0] == pytest.approx(745.1 * MMHG_PA)
    memory, nothing = flush(memory)
    assert nothing.time_s.size == 0
    assert flush(begin(ship))[1].time_s.size == 0


@pytest.mark.parametrize(
    "rows",
    [
        [(0.0, "O2", 160.0), *steady(1, 67)],
        [(20.0 * k, "P", 745.0) for k in range(202)],
        [*steady(0, 5), (5.0, "P", 749.0), *steady(6, 17, 22.0, "T")],
        steady(0, 5, 22.0, "T"),
    ],
    ids=["stale", "stuck", "confirmed", "missing"],
)
def test_the_last_frame_is_judged_as_any_other(ship: Vehicle, rows: list[Row]) -> None:
    flushed, _, _ = run(ship, rows)
    closed, _, _ = run(ship, [*rows, (rows[-1][0] + 1.0, "NOBODY", 1.0)])
    last = flushed.time_s.size - 1
    assert closed.time_s[last] == flushed.time_s[last]
    for name in ("value_si", "previous_si", "fresh", "flags"):
        assert getattr(closed, name)[last].tobytes() == getattr(flushed, name)[last].tobytes(), name


def test_an_empty_block_changes_nothing(ship: Vehicle) -> None:
    memory, _, _ = clean(begin(ship), ship, samples([(0.0, "P", 745.0)]))
    same, frames, notes = clean(memory, ship, samples([]))
    assert (frames.time_s.size, notes) == (0, ())
    assert flush(same)[1].value_si.tobytes() == flush(memory)[1].value_si.tobytes()


def test_the_memory_handed_in_is_not_changed(ship: Vehicle) -> None:
    memory, _, _ = clean(begin(ship), ship, samples(steady(0, 10)))
    first = clean(memory, ship, samples(steady(10, 20, 746.0)))
    again = clean(memory, ship, samples(steady(10, 20, 746.0)))
    assert first[1].value_si.tobytes() == again[1].value_si.tobytes()
    assert first[2] == again[2]


def test_notes_of_one_kind_are_counted_beyond_the_first_few(ship: Vehicle) -> None:
    rows = [row for k in range(60) for row in ((2.0 * k, "P", 745.0), (2.0 * k + 1.0, "P", 9.0))]
    _, notes, memory = run(ship, rows)
    assert len(notes) == NOTES_PER_KIND
    assert dict(((kind, name), n) for kind, name, n in memory.noted)["out_of_range", "P"] == 60


def test_a_note_names_the_frame_that_was_open(ship: Vehicle) -> None:
    rows = [*steady(0, 10), (9.5, "P", 9.0), *steady(10, 30), (3.0, "Q", 14.4)]
    _, notes, _ = run(ship, rows)
    assert [(n.kind, n.at_s) for n in notes] == [("out_of_range", T0 + 9.0), ("late", T0 + 29.0)]


@pytest.mark.parametrize("step_s", [600.0, 599.97, 601.23])
def test_every_reading_may_close_a_frame_whatever_clock_it_came_by(ship: Vehicle, step_s: float) -> None:
    """Frames of a tenth of a second: after a step of the clock the readings fall into other frames than published."""
    fine = replace(ship, frame_s=0.1)
    before, after = 0.1 * np.arange(1000), 0.1 * np.arange(1000, 31_100)
    clock = T0 + np.round(np.concatenate([before, after - step_s]), 1)
    whole = Samples(clock, np.zeros(clock.size, dtype=np.int64), np.full(clock.size, 745.0), ("P",))
    memory, parts = begin(fine), []
    for start, stop in pairwise((0, 1000, 1100, clock.size)):
        part = Samples(whole.time_s[start:stop], whole.item[start:stop], whole.value[start:stop], whole.items)
        memory, frames, _ = clean(memory, fine, part)
        assert frames.time_s.size == frames.value_si.shape[0] <= stop - start + 1
        parts.append(frames)
    shown = joined(parts)
    assert (np.diff(shown.time_s) > 0.0).all()
    assert np.diff(shown.time_s).max() < 2.5  # twenty readings prove the step
    assert (shown.value_si[:, COLUMN["P"]] == 745.0 * MMHG_PA).all()


def test_a_block_larger_than_a_chunk_is_as_one(ship: Vehicle, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [*steady(0, 40), (40.0, "P", 749.0), *steady(41, 60), *steady(300, 340, 744.0), (3e7, "T", 22.0)]
    whole, notes, memory = run(ship, [*rows, *steady(340, 360)])
    monkeypatch.setattr("hullwatch.telemetry.clean.CHUNK_ROWS", 7)
    pieces, said, chunked = run(ship, [*rows, *steady(340, 360)])
    assert same_bits(whole, pieces)
    assert said == notes
    assert chunked.noted == memory.noted


# --- all rules at once ------------------------------------------------------------------------------------------------


@st.composite
def feeds(draw: st.DrawFn) -> list[Row]:
    """A feed with everything wrong with it that the rules know of."""
    clock, rows = 0.0, []
    usual = {"P": 745.0, "Q": 14.4, "T": 22.0, "O2": 160.0, "VALVE": 0.0, "FEED": 24.0, "NOBODY": 1.0}
    for _ in range(draw(st.integers(1, 60))):
        clock += draw(st.sampled_from([0.0, 0.3, 1.0, 1.0, 1.0, 7.0, 12.0, 90.0, 5000.0]))
        mishap = draw(st.sampled_from(["none"] * 6 + ["late", "ahead", "step", "burst"]))
        if mishap == "step":
            clock -= draw(st.sampled_from([20.0, 600.0, -600.0, -7200.0]))
        for _ in range(25 if mishap == "burst" else 1):
            item = draw(st.sampled_from(ITEMS))
            wrong = draw(st.sampled_from([0.0, 0.0, 0.1, 2.0, 1e4, np.nan]))
            time = clock + {"late": -draw(st.sampled_from([2.0, 30.0, 4000.0])), "ahead": 3e7}.get(mishap, 0.0)
            rows.append((time, item, usual[item] + wrong))
            clock += 1.0 if mishap == "burst" else 0.0
    return rows


def same_bits(one: Frames, other: Frames) -> bool:
    fields = ("time_s", "value_si", "previous_si", "fresh", "flags")
    return all(getattr(one, f).tobytes() == getattr(other, f).tobytes() for f in fields)


@settings(deadline=None, max_examples=50)
@given(feeds(), st.lists(st.integers(0, 400), max_size=8))
def test_any_blocks_give_the_same_frames_and_notes(ship: Vehicle, rows: list[Row], cuts: list[int]) -> None:
    whole, notes, memory = run(ship, rows)
    cut = [min(c, len(rows)) for c in cuts]
    pieces, piece_notes, piece_memory = run(ship, rows, cut)
    assert same_bits(whole, pieces)
    assert notes == piece_notes
    one_by_one, single_notes, _ = run(ship, rows, range(1, len(rows)))
    assert same_bits(whole, one_by_one)
    assert notes == single_notes
    assert memory.noted == piece_memory.noted
    assert memory.signal_lost_s == piece_memory.signal_lost_s


@settings(deadline=None, max_examples=60)
@given(feeds())
def test_what_must_hold_of_any_frames(ship: Vehicle, rows: list[Row]) -> None:
    frames, notes, memory = run(ship, rows)
    assert (np.diff(frames.time_s) > 0.0).all()
    assert (frames.time_s == np.floor(frames.time_s)).all()
    assert memory.readings == len(rows)
    for k, channel in enumerate(CHANNELS):
        seen = frames.flags[:, k] & Quality.MISSING == 0
        low, high = channel.range_si
        value = frames.value_si[:, k]
        assert ((value[seen] >= low) & (value[seen] <= high)).all()
        assert np.isnan(value[~seen]).all()
        assert seen[frames.fresh[:, k]].all()
        held = ~frames.fresh[1:, k] & seen[:-1]
        assert (value[1:][held] == value[:-1][held]).all()
    at = [note.at_s for note in notes]
    assert at == sorted(at)
    assert set(at) <= set(frames.time_s.tolist())


def test_the_block_boundary_may_fall_inside_every_mishap(ship: Vehicle) -> None:
    """Not left to chance: a spike, an alone leap ahead, a run of late readings and a gap, cut at every place."""
    rows = [*steady(0, 8), (8.0, "P", 749.0), *steady(9, 12), (3e7, "P", 745.0), *steady(12, 20)]
    rows += [(t - 300.0, "P", 745.0) for t in range(20, 60)]
    rows += [(t + 4000.0, "P", 744.0) for t in range(60, 70)]
    whole, notes, _ = run(ship, rows)
    assert {"outlier", "clock_step", "late", "gap"} <= set(kinds(notes))
    for place in range(1, len(rows)):
        pieces, said, _ = run(ship, rows, [place])
        assert same_bits(whole, pieces), place
        assert said == notes, place
