"""A decision that needs two centres waits for both."""

import itertools

import pytest
import two_centres as two

from hullwatch.errors import DescriptionError
from hullwatch.incident import statements as say
from hullwatch.incident.decisions import divided_crafts, fold
from hullwatch.incident.standing import standing
from hullwatch.records import Event


def proposed(needs: tuple[str, ...] = ("houston", "moscow"), centre: str | None = "houston") -> Event:
    data = {"decision": "houston-1", "what": "Shut node/lab", "action": None, "needs": list(needs), "by": "Ann"}
    return Event(two.T0 + 100, "decision_proposed", two.LEAK, {**data, "centre": centre})


def answer(centre: str, agree: bool = True, after_s: float = 110) -> Event:
    data = {"decision": "houston-1", "agree": agree, "why": "", "by": "Boris", "centre": centre}
    return Event(two.T0 + after_s, "decision_answered", two.LEAK, data)


@pytest.mark.parametrize(
    ("events", "state", "waits"),
    [
        ([proposed()], "proposed", ("moscow",)),
        ([proposed(), answer("moscow")], "in_force", ()),
        ([proposed(), answer("moscow", False)], "refused", ()),
        ([proposed(), answer("paris")], "proposed", ("moscow",)),
        ([proposed(), answer("houston", False)], "refused", ()),
        ([proposed(), answer("moscow"), answer("moscow", False, 120)], "in_force", ()),
        ([proposed(), answer("moscow", False), answer("moscow", True, 120)], "refused", ()),
        ([proposed(centre=None), answer("moscow")], "proposed", ("houston",)),
        ([proposed(("houston",))], "in_force", ()),
        ([proposed(()),], "in_force", ()),
        ([answer("moscow"), proposed()], "proposed", ("moscow",)),
    ],
)  # fmt: skip
def test_it_waits_for_every_centre_it_needs(events: list[Event], state: str, waits: tuple[str, ...]) -> None:
    (decision,) = fold(events)
    assert (decision.state, decision.waits_for) == (state, waits)


def test_it_is_in_force_only_from_the_last_agreement() -> None:
    (decision,) = fold([proposed(), answer("moscow", after_s=500)])
    said = decision.as_dict()
    assert (said["since_utc"], said["agreed"]) == ("2017-07-14T02:48:20.000Z", ["houston", "moscow"])


def test_only_a_centre_it_waits_for_may_answer() -> None:
    here = standing([*two.beginning(), proposed()])
    joined = {"houston": two.HOUSTON.public_key, "moscow": two.MOSCOW.public_key, "paris": "ab" * 32}
    here = type(here)(**{f: getattr(here, f) for f in here.__slots__} | {"centres": joined})
    assert say.decision_answered(here, two.T0 + 110, "houston-1", True, "B", centre="moscow").data["agree"]
    for centre in ("houston", "paris", None):
        with pytest.raises(DescriptionError, match="waits for"):
            say.decision_answered(here, two.T0 + 110, "houston-1", True, "B", centre=centre)
    with pytest.raises(DescriptionError, match="why"):
        say.decision_answered(here, two.T0 + 110, "houston-1", False, "B", centre="moscow")


def test_a_second_proposal_of_the_same_name_changes_nothing() -> None:
    (decision,) = fold([proposed(), answer("moscow"), proposed(("paris",), None)])
    assert (decision.state, decision.needs) == ("in_force", ("houston", "moscow"))


def slowly_divided(crafts: dict[str, str], hatches: dict[str, tuple[str, str]], now_open: set[str], shut: set[str]) -> (
    bool
):  # fmt: skip
    """Whether any two craft that could be reached from each other no longer can: by walking, hatch by hatch."""

    def reaches(start: str, goal: str, ways: set[str]) -> bool:
        seen, edge = {start}, [start]
        while edge:
            room = edge.pop()
            for name in ways:
                if room in hatches[name]:
                    (other,) = set(hatches[name]) - {room}
                    if other not in seen:
                        seen.add(other)
                        edge.append(other)
        return goal in seen

    pairs = itertools.combinations(crafts.values(), 2)
    return any(reaches(a, b, now_open) and not reaches(a, b, now_open - shut) for a, b in pairs)


def test_which_closures_part_craft_against_walking() -> None:
    hatches = {"ab": ("a", "b"), "bc": ("b", "c"), "cd": ("c", "d"), "da": ("d", "a"), "de": ("d", "e")}
    crafts = {"one": "a", "two": "c", "three": "e"}
    names = set(hatches)
    subsets = [set(s) for n in range(6) for s in itertools.combinations(sorted(names), n)]
    for now_open, shut in itertools.product(subsets, subsets):
        found = divided_crafts(crafts, hatches, now_open, shut)
        assert bool(found) == slowly_divided(crafts, hatches, now_open, shut), (now_open, shut)
        assert len(found) < len(crafts)
    assert divided_crafts(crafts, hatches, names, {"de"}) == ("three",)
    assert divided_crafts({}, {}, (), ()) == ()
