"""Two copies go different ways and become one again: nothing is lost, nothing forged, whichever is named first."""

import itertools
import shutil
import tracemalloc
from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import two_centres as two
import whole_merging as slow
from hypothesis import given, settings
from hypothesis import strategies as st

from hullwatch.errors import RecordError
from hullwatch.incident import statements as say
from hullwatch.incident.chain import Row, chained, digest_of, row_of
from hullwatch.incident.merging import compare, merge
from hullwatch.incident.pairing import Tails, longest_rising, rising
from hullwatch.incident.signing import CentreKey
from hullwatch.incident.standing import disputed_hatches, standing
from hullwatch.incident.store import Record, open_record
from hullwatch.incident.verification import Proved, Reader, verify
from hullwatch.records import Event


def trend(k: int) -> Event:
    return Event(two.T0 + 30 + 10 * k, "trend", None, {"groups": [], "n": k})


def hatch(record: Record, after_s: float, is_open: bool, key: CentreKey) -> None:
    said = say.hatch_report(two.now(record), two.T0 + after_s, "node/lab", is_open, "crew", centre=key.centre)
    record.append([said], key)


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Row], list[Row]]:
    """Houston's and Moscow's copy of one watch: the watch's rows are in both, the words of each only in its own."""
    place = tmp_path_factory.mktemp("copies")
    with open_record(str(place / "a.db")) as record:
        record.append(two.beginning())
        two.join(record, two.HOUSTON, two.MOSCOW)
    shutil.copy(place / "a.db", place / "b.db")
    with open_record(str(place / "a.db")) as a, open_record(str(place / "b.db")) as b:
        for record in (a, b):
            record.append([trend(0)])
        hatch(a, 31, False, two.HOUSTON)
        done = say.alarm_action(two.now(b), two.T0 + 32, two.LEAK, "acknowledge", "Boris", "moscow")
        b.append([done], two.MOSCOW)
        for record in (a, b):
            record.append([trend(1), trend(2)])
        hatch(b, 55, True, two.MOSCOW)
        a.append([trend(3)])
        return list(a.rows()), list(b.rows())


def test_what_each_has_and_what_contradicts(copies: tuple[list[Row], list[Row]]) -> None:
    found = compare(*map(two.whole, copies))
    assert found.common == 7
    assert found.shared == 2  # two trends after the first words
    alone = Counter(found.only_first) + Counter(found.only_second)
    assert alone == {"alarm_action": 1, "hatch_report": 2, "trend": 1}
    (conflict,) = found.conflicts
    assert (conflict["what"], conflict["id"]) == ("hatch", "node/lab")
    assert {conflict["first"]["said"], conflict["second"]["said"]} == {"open", "shut"}
    assert {conflict["first"]["centre"], conflict["second"]["centre"]} == {"houston", "moscow"}


def test_none_is_lost_every_signature_holds_and_both_copies_come_out_again(
    copies: tuple[list[Row], list[Row]],
) -> None:
    one, other = copies
    both = two.merged(one, other)
    found = verify(both)
    assert found.ok, found.why
    assert found.statements == {"houston": 2, "moscow": 3}
    assert {row.content for row in both[:-1]} == {row.content for row in (*one, *other)}
    assert len(both) == 7 + 2 + 4 + 1  # common, in both, in one, the merge itself
    for copy in copies:
        places = [both.index(next(row for row in both if row.content == mine.content)) for mine in copy]
        assert places == sorted(places)  # each copy's order is kept
        assert verify(both, head=copy[-1].hash).ok  # and its head, noted before, is still found


def test_the_order_in_which_they_are_named_makes_no_difference(copies: tuple[list[Row], list[Row]]) -> None:
    one, other = copies
    assert two.merged(one, other) == two.merged(other, one)


def test_a_hatch_both_spoke_of_stays_disputed_until_somebody_looks(copies: tuple[list[Row], list[Row]]) -> None:
    events = [row.event for row in two.merged(*copies)]
    assert standing(events).disputed == ("node/lab",)
    assert disputed_hatches([*events, Event(two.T0 + 99, "hatch_report", None, {"hatch": "node/lab"})]) == ()
    assert disputed_hatches([*events, two.shape(two.T0 + 99, (), ("node/lab",))]) == ()


def test_a_copy_that_is_only_longer_is_taken_as_it_is(copies: tuple[list[Row], list[Row]]) -> None:
    one = copies[0]
    for shorter in (one[:8], one, []):
        for pair in ((shorter, one), (one, shorter)):
            assert list(merge(compare(*map(two.whole, pair)), "Ann")) == one


def test_records_that_are_no_copies_are_refused(copies: tuple[list[Row], list[Row]]) -> None:
    stranger = list(chained([row_of(trend(9))]))
    with pytest.raises(RecordError, match="share no row"):
        compare(two.whole(copies[0]), two.whole(stranger))


@pytest.mark.parametrize("at", range(13))
def test_a_merged_row_altered_or_taken_away_is_found_whoever_computes_the_chain(
    copies: tuple[list[Row], list[Row]], at: int
) -> None:
    both = two.merged(*copies)
    other = replace(both[at], data='{"n":77}', hash="")
    for forged in ([*both[:at], other, *both[at + 1 :]], [*both[:at], *both[at + 1 :]]):
        assert not verify(list(chained(forged))).ok


@pytest.mark.parametrize(
    "change",
    [
        {"heads": ["0" * 64, "1" * 64]}, {"counts": [1, 2]}, {"common": 3}, {"common": -1}, {"sides": []},
        {"sides": [["first", 6]]}, {"sides": 3}, {"heads": None}, {"sides": [["both", 10**9]]}, {"common": "x"},
        {"common": 99}, {"sides": [["first", 10**12], ["second", 6 - 10**12]]},
    ],
)  # fmt: skip
def test_a_merge_that_says_what_is_not_so_is_found(
    copies: tuple[list[Row], list[Row]], change: dict[str, object]
) -> None:
    both = two.merged(*copies)
    last = row_of(replace(both[-1].event, data={**both[-1].fields, **change}))
    found = verify(list(chained([*both[:-1], last])))
    assert (found.ok, found.bad_seq) == (False, len(both))


def test_a_centre_that_spoke_in_both_copies_under_one_number_is_told(tmp_path: Path) -> None:
    with open_record(str(tmp_path / "a.db")) as record:
        record.append(two.beginning())
        two.join(record, two.HOUSTON)
    shutil.copy(tmp_path / "a.db", tmp_path / "b.db")
    with open_record(str(tmp_path / "a.db")) as a, open_record(str(tmp_path / "b.db")) as b:
        hatch(a, 40, True, two.HOUSTON)
        hatch(b, 41, False, two.HOUSTON)
        both = two.merged(list(a.rows()), list(b.rows()))
    found = verify(both)
    assert found.ok
    assert found.notes == ("houston made two different statements number 2, one in each copy merged",)


def test_a_merged_record_goes_on_is_copied_and_merged_again(
    copies: tuple[list[Row], list[Row]], tmp_path: Path
) -> None:
    for name in ("a.db", "b.db"):
        with open_record(str(tmp_path / name)) as record:
            record.extend(two.merged(*copies))
            assert record.verify().ok
    with open_record(str(tmp_path / "a.db")) as a, open_record(str(tmp_path / "b.db")) as b:
        hatch(a, 90, True, two.HOUSTON)
        hatch(b, 91, True, two.MOSCOW)
        again = two.merged(list(a.rows()), list(b.rows()))
    found = verify(again)
    assert (found.ok, found.why, found.statements) == (True, "", {"houston": 3, "moscow": 4})
    # and with a copy from before the first merge, which has gone on by itself
    third = two.merged(again, copies[0][:9])
    assert verify(third).ok
    forged = [replace(row, hash="") if k != 8 else replace(row, data='{"n":5}', hash="") for k, row in enumerate(third)]
    assert not verify(list(chained(forged))).ok


def slowly_rising(pairs: list[tuple[int, int]]) -> int:
    """The length of the longest rising run: every subset tried."""
    for n in range(len(pairs), 0, -1):
        if any(all(a[1] < b[1] for a, b in itertools.pairwise(s)) for s in itertools.combinations(pairs, n)):
            return n
    return 0


@given(st.permutations(range(8)), st.integers(0, 8))
@settings(deadline=None)
def test_the_longest_rising_run_against_every_subset(places: list[int], count: int) -> None:
    pairs = list(enumerate(places[:count]))
    run = [pairs[at] for at in longest_rising(array("q", places[:count]))]
    assert len(run) == slowly_rising(pairs)
    assert all(a[1] < b[1] for a, b in itertools.pairwise(run))


@given(st.lists(st.integers(0, 99), unique=True, max_size=60), st.lists(st.integers(0, 59), max_size=4))
@settings(deadline=None)
def test_a_run_found_stretch_by_stretch_is_the_one_found_at_once(numbers: list[int], calm: list[int]) -> None:
    if calm:  # mostly in order, as the rows of two copies are
        numbers = sorted(numbers)
        for at in calm:
            numbers[at : at + 3] = reversed(numbers[at : at + 3])
    ranks = {number: rank for rank, number in enumerate(sorted(numbers))}
    pairs = list(enumerate(numbers))
    assert tuple(rising((a, b, ranks[b]) for a, b in pairs)) == slow._rising(pairs)


WORDS = st.lists(st.sampled_from("abcd"), max_size=9)


@given(WORDS, WORDS, WORDS)
@settings(max_examples=200, deadline=None)
def test_any_two_copies_merge_and_come_out_again(common: list[str], one: list[str], other: list[str]) -> None:
    def event(w: str) -> Event:
        return Event(two.T0 + ord(w[0]), "trend", None, {"w": w})

    a, b = (list(chained(row_of(event(w)) for w in ("start", *common, *tail))) for tail in (one, other))
    both = two.merged(a, b)
    assert both == two.merged(b, a)
    found = verify(both)
    assert found.ok, found.why
    for copied in (a, b):
        assert verify(both, head=copied[-1].hash).ok
        assert len(both) >= len(copied)


SAID = st.sampled_from(
    [
        Event(two.T0 + 20 + k // 3, kind, incident, data)
        for k, (kind, incident, data) in enumerate(
            [
                ("trend", None, {"n": 1}), ("trend", None, {"n": 2}), ("trend", two.LEAK, {"n": 1}),
                ("trend", None, {}),
                ("hatch_report", None, {"hatch": "door", "open": True, "by": "A"}),
                ("hatch_report", None, {"hatch": "door", "open": False, "by": "B", "centre": "moscow"}),
                ("limit_changed", None, {"limit": "hypoxia", "value_pa": 6e4, "by": "A"}),
                ("limit_changed", None, {"limit": "hypoxia", "value_pa": 7e4, "by": "A"}),
                ("decision_answered", None, {"decision": "d", "centre": "houston", "agree": True}),
                ("decision_answered", None, {"decision": "d", "centre": "houston", "agree": False}),
                ("alarm_action", two.LEAK, {"action": "acknowledge", "by": "A"}),
                ("alarm_action", two.LEAK, {"action": "shelve", "until_utc": "2017-07-14T02:40:24Z", "by": "B"}),
                ("alarm", two.LEAK, {"alarm_class": "warning", "trigger": "return"}),
            ]
        )
    ]
)  # fmt: skip


@given(
    st.lists(SAID, max_size=4), st.lists(SAID, max_size=14), st.lists(SAID, max_size=14), st.sets(st.integers(0, 20))
)
@settings(max_examples=300, deadline=None)
def test_row_by_row_it_is_the_record_made_with_all_rows_in_memory(
    common: list[Event], one: list[Event], other: list[Event], gone: set[int]
) -> None:
    """Repeated, tangled and moved out rows, words that contradict: against the slow merge, field for field."""
    a, b = (
        list(chained(map(row_of, (*two.beginning(), *common, *tail, Event(two.T0 + 40, "trend", None, {"end": k})))))
        for k, tail in enumerate((one, other))
    )
    a = [replace(r, data=None, digest=digest_of(r)) if r.kind == "trend" and r.seq in gone else r for r in a]
    for pair in ((a, b), (b, a), (a, a[:-1]), (b, [])):
        found, whole = compare(*map(two.whole, pair)), slow.compare(*pair)
        assert (found.swapped, found.common, found.shared) == (whole.swapped, whole.common, len(whole.pairs))
        assert found.conflicts == whole.conflicts
        assert found.only_first == slow.of_kinds(whole.only_first)
        assert found.only_second == slow.of_kinds(whole.only_second)
        assert list(merge(found, "Ann")) == slow.merge(*pair, "Ann")


def test_memory_does_not_grow_with_the_copies() -> None:
    def read(count: int, own: int) -> Reader:
        def rows() -> Iterator[Row]:
            for k in range(count):
                yield row_of(Event(two.T0 + k, "trend", None, {"groups": [k] * 20}))
                if k and k % own == 0:
                    yield row_of(Event(two.T0 + k, "trend", None, {"own": own}))

        return lambda kinds: chained(rows())

    def peak(count: int) -> int:
        copies = [Proved(read(count, own), count + (count - 1) // own, f"{own:064}") for own in (90, 70)]
        tracemalloc.start()
        found = compare(*copies)
        assert found.shared == count - 71
        assert sum(1 for _ in merge(found, "Ann")) == sum(c.count for c in copies) - found.shared - found.common + 1
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(200)
    assert peak(4_000) < peak(400) + 60_000  # bytes; rows kept would be two megabytes more


def test_no_room_for_temporary_files_is_said() -> None:
    def compared() -> None:
        rows = (row_of(Event(two.T0 + k, "trend", None, {"k": k})) for k in range(5_000))
        with Tails() as tails:
            tails._link.execute("PRAGMA max_page_count=30")  # as small as a full disk
            list(tails.take("first", rows))

    with pytest.raises(RecordError, match=r"disk is full.*TMPDIR"):
        compared()
