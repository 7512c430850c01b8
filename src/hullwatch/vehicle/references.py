"""What refers to what in a vehicle description: joins the files of a ship and refuses a ship that cannot exist.

Every check names the file and the dotted key where the wrong entry stands, and lists the ids that would be right.
"""

import difflib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NoReturn, Protocol, TypeVar

from hullwatch.errors import DescriptionError
from hullwatch.vehicle.description import (
    ChannelEntry,
    ChannelTable,
    CompartmentDefaults,
    CompartmentEntry,
    CraftEntry,
    CrewEntry,
    HatchChannels,
    HatchEntry,
    HatchType,
    LimitEntry,
    Part,
    Range,
    Ship,
    SpotEntry,
    VentilationEntry,
    WallEntry,
)

Entry = TypeVar("Entry", covariant=True)

NEED_NOT = ("frame_s", "attitude")
SETTINGS = (
    "atmosphere", "thermal", "supply", "leakage_kg_s", "discharge_coefficient", "signal_timeout_s", *NEED_NOT,
)  # fmt: skip
"""Single tables of a description; the last file that states one wins."""


class _Named(Protocol):
    @property
    def id(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Placed(Generic[Entry]):
    """An entry and where it was written."""

    item: Entry
    file: str
    key: str

    def refuse(self, field: str, value: object, allowed: str) -> NoReturn:
        """Raise the DescriptionError for one field of this entry."""
        raise DescriptionError(self.file, f"{self.key}.{field}" if field else self.key, value, allowed)


@dataclass(frozen=True, slots=True)
class Draft:
    """A ship as written, all files together, not yet checked."""

    file: str
    defaults: CompartmentDefaults
    hatch_types: dict[str, HatchType]
    compartments: Sequence[Placed[CompartmentEntry]]
    hatches: Sequence[Placed[HatchEntry]]
    ventilation: Sequence[Placed[VentilationEntry]]
    crafts: Sequence[Placed[CraftEntry]]
    crew: Sequence[Placed[CrewEntry]]
    limits: Sequence[Placed[LimitEntry]]
    channels: Sequence[Placed[ChannelEntry]]
    walls: Sequence[Placed[WallEntry]]
    spots: Sequence[Placed[SpotEntry]]
    settings: dict[str, Any]

    @classmethod
    def join(
        cls, file: str, ship: Ship, parts: Sequence[tuple[str, Part]], tables: Sequence[tuple[str, ChannelTable]]
    ) -> "Draft":
        """Put the lists of all parts one after the other (the ship's own last) and let later settings win."""
        defaults: dict[str, Any] = {}
        settings: dict[str, Any] = {}
        hatch_types: dict[str, HatchType] = {}
        for _, part in parts:
            hatch_types |= part.hatch_types
            stated = part.compartment_defaults
            defaults |= {k: getattr(stated, k) for k in stated.model_fields_set} if stated is not None else {}
            settings |= {k: getattr(part, k) for k in SETTINGS if getattr(part, k) is not None}

        def placed(field: str, sources: Iterable[tuple[str, Any]]) -> list[Placed[Any]]:
            return [
                Placed(item, name, f"{field}[{i}]") for name, s in sources for i, item in enumerate(getattr(s, field))
            ]

        hatches = placed("hatches", parts)
        channels = placed("channels", tables) + placed("channels", parts)
        for name, part in parts:
            if part.hatch_channels is not None:
                channels += _position_channels(name, part.hatch_channels, hatches, channels)
        return cls(
            file=file,
            defaults=CompartmentDefaults(**defaults),
            hatch_types=hatch_types,
            compartments=placed("compartments", parts),
            hatches=hatches,
            ventilation=placed("ventilation", parts),
            crafts=placed("crafts", parts),
            crew=placed("crew", parts),
            limits=placed("limits", parts),
            channels=channels,
            walls=placed("walls", parts),
            spots=placed("spots", parts),
            settings=settings,
        )

    def required(self, setting: str) -> Any:
        """A single table that every ship must state, in its own file or in a part."""
        if setting not in self.settings:
            raise DescriptionError(
                self.file, setting, None, "a value, because this key is required (here or in a part)"
            )
        return self.settings[setting]


def _position_channels(
    file: str, wanted: HatchChannels, hatches: Sequence[Placed[HatchEntry]], channels: Sequence[Placed[ChannelEntry]]
) -> list[Placed[ChannelEntry]]:
    """A position channel for every hatch that has none."""
    served = {channel.item.hatch for channel in channels}
    return [
        Placed(
            ChannelEntry(
                id=f"{wanted.prefix}{hatch.item.id}",
                name=f"Hatch {hatch.item.id} position",
                quantity="hatch_position",
                unit="code",
                hatch=hatch.item.id,
                range=Range(low=-0.5, high=1.5, label="c"),
                states={"0": "closed", "1": "open"},
                label=wanted.label,
                source=wanted.source,
                note=wanted.note,
            ),
            file,
            "hatch_channels",
        )
        for hatch in hatches
        if hatch.item.id not in served
    ]


def check(draft: Draft) -> None:
    """Raise DescriptionError for the first thing in the draft that cannot be."""
    for setting in SETTINGS:
        if setting not in NEED_NOT:
            draft.required(setting)
    if not draft.compartments:
        raise DescriptionError(draft.file, "compartments", [], "at least one compartment")
    for entries in (draft.compartments, draft.hatches, draft.crafts, draft.limits, draft.channels):
        _unique(entries)
    for places in (draft.walls, draft.spots):
        _unique(places)
        for place in places:
            _known(place, "compartment", place.item.compartment, "compartment", _ids(draft.compartments))
    _check_compartments(draft)
    _check_hatches(draft)
    _check_ventilation(draft)
    _check_crafts(draft)
    _check_crew(draft)
    _check_channels(draft)
    _check_connected(draft)


def _ids(entries: Iterable[Placed[_Named]]) -> tuple[str, ...]:
    return tuple(entry.item.id for entry in entries)


def _unique(entries: Sequence[Placed[_Named]]) -> None:
    first: dict[str, Placed[_Named]] = {}
    for entry in entries:
        if entry.item.id in first:
            other = first[entry.item.id]
            entry.refuse("id", entry.item.id, f"an id not used before; {other.file}: {other.key} has this one")
        first[entry.item.id] = entry


def _known(entry: Placed[Any], field: str, value: str | None, kind: str, ids: Sequence[str]) -> None:
    if value is None or value in ids:
        return
    close = difflib.get_close_matches(value, ids, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    entry.refuse(field, value, f"the id of a {kind}: {', '.join(ids) or 'none is described'}{hint}")


def _check_compartments(draft: Draft) -> None:
    for compartment in draft.compartments:
        _known(compartment, "craft", compartment.item.craft, "craft", _ids(draft.crafts))


def _check_hatches(draft: Draft) -> None:
    ids = _ids(draft.compartments)
    for hatch in draft.hatches:
        ends = hatch.item.between
        for side, end in enumerate(ends):
            _known(hatch, f"between[{side}]", end, "compartment", ids)
        if ends[0] == ends[1]:
            others = ", ".join(id for id in ids if id != ends[0])
            hatch.refuse("between[1]", ends[1], f"another compartment than between[0]: {others or 'none is described'}")
        _known(hatch, "type", hatch.item.type, "hatch type", tuple(draft.hatch_types))
        if hatch.item.opens_into is not None and hatch.item.opens_into not in ends:
            hatch.refuse("opens_into", hatch.item.opens_into, f"one of its two sides: {', '.join(ends)}")


def _check_ventilation(draft: Draft) -> None:
    ids = _ids(draft.compartments)
    for fan in draft.ventilation:
        _known(fan, "origin", fan.item.origin, "compartment", ids)
        _known(fan, "target", fan.item.target, "compartment", ids)
        if fan.item.origin == fan.item.target:
            fan.refuse("target", fan.item.target, "another compartment than origin")


def _check_crafts(draft: Draft) -> None:
    for craft in draft.crafts:
        it = craft.item
        own = tuple(c.item.id for c in draft.compartments if c.item.craft == it.id)
        if not own:
            craft.refuse("id", it.id, f'a craft that has a compartment (give one of them craft = "{it.id}")')
        _known(craft, "port", it.port, "compartment", tuple(id for id in _ids(draft.compartments) if id not in own))
        if it.returns is not None and it.returns not in own:
            craft.refuse("returns", it.returns, f"a compartment of this craft: {', '.join(own)}")
        if it.seats and it.returns is None:
            craft.refuse("returns", None, f"the compartment its {it.seats} seats return in: {', '.join(own)}")
        if not any(it.port in h.item.between and set(own) & set(h.item.between) for h in draft.hatches):
            craft.refuse("port", it.port, f"a compartment that a hatch joins to {' or '.join(own)}")


def _check_crew(draft: Draft) -> None:
    seats = {craft.item.id: craft.item.seats for craft in draft.crafts}
    taken: Counter[str] = Counter()
    names: set[str] = set()
    for member in draft.crew:
        it = member.item
        if it.name in names:
            member.refuse("name", it.name, "a name not used before")
        names.add(it.name)
        _known(member, "craft", it.craft, "craft", tuple(seats))
        taken[it.craft] += 1
        if taken[it.craft] > seats[it.craft]:
            free = ", ".join(f"{craft} ({n - taken[craft]} free)" for craft, n in seats.items() if n > taken[craft])
            member.refuse(
                "craft",
                it.craft,
                f"a craft with a free seat: {free or 'none has one'}; its {seats[it.craft]} are taken",
            )


def _check_channels(draft: Draft) -> None:
    reporting: dict[str, str] = {}
    oxygen = draft.required("atmosphere").ppo2_pa.value
    for channel in draft.channels:
        if channel.item.quantity == "ppo2" and oxygen == 0.0:
            channel.refuse("quantity", "ppo2", "another, or atmosphere.ppo2_pa above 0: this air holds no oxygen")
        _known(channel, "compartment", channel.item.compartment, "compartment", _ids(draft.compartments))
        _known(channel, "hatch", channel.item.hatch, "hatch", _ids(draft.hatches))
        if channel.item.hatch is not None:
            other = reporting.setdefault(channel.item.hatch, channel.item.id)
            if other != channel.item.id:
                channel.refuse(
                    "hatch", channel.item.hatch, f"a hatch that no other channel reports; {other} reports this one"
                )


def _check_connected(draft: Draft) -> None:
    """One ship: from the first compartment every other can be reached with all hatches open."""
    reached = {draft.compartments[0].item.id}
    grew = True
    while grew:
        ways = [set(h.item.between) for h in draft.hatches if reached & set(h.item.between)]
        joined = reached.union(*ways)
        grew, reached = joined != reached, joined
    for compartment in draft.compartments:
        if compartment.item.id not in reached:
            allowed = f"a compartment that a chain of hatches joins to {draft.compartments[0].item.id}"
            compartment.refuse("id", compartment.item.id, f"{allowed}; those are {', '.join(sorted(reached))}")
