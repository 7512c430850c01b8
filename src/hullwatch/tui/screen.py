"""The terminal: the view on 80 by 24 characters or more, keys to act on it, and to look back."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Protocol

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Footer, Input, Label, OptionList, Static
from textual.widgets.option_list import Option

from hullwatch.tui import lines

EVERY_S = 1.0
"""Seconds between two looks."""


class Look(Protocol):
    """Where the view comes from, and where words go."""

    def view(self, seq: int | None = None) -> dict[str, Any]:
        """The view, now or as known after a row."""
        ...

    def act(self, incident: str, action: str, **more: Any) -> Any:
        """Do something to an alarm; raises an error whose text says why not."""
        ...


class Ask(ModalScreen[str | None]):
    """Asks for a line of words."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Leave")]
    CSS = "Ask {align: center middle;} Ask > * {width: 70; margin: 0 2;}"

    def __init__(self, question: str) -> None:
        super().__init__()
        self.question = question

    def compose(self) -> ComposeResult:
        """The question and a line to answer it."""
        yield Label(self.question, markup=False)
        yield Input(max_length=1_000)

    def on_input_submitted(self, said: Input.Submitted) -> None:
        """Answered."""
        self.dismiss(said.value.strip() or None)

    def action_leave(self) -> None:
        """Not answered."""
        self.dismiss(None)


class Terminal(App[None]):
    """The console in a terminal."""

    TITLE = "Hullwatch"
    ENABLE_COMMAND_PALETTE = False
    CSS = """
    Screen {layers: base;}
    Static, OptionList {background: transparent; border: none; padding: 0;}
    #title {height: 1;}
    #verdict {height: auto; max-height: 3;}
    #figures {height: 2;}
    #places {height: 4;}
    #answers {height: auto; max-height: 8;}
    #alarms {height: auto; max-height: 4; text-wrap: nowrap; text-overflow: ellipsis;}
    #timeline {text-wrap: nowrap; text-overflow: ellipsis;}
    #more {height: 1fr; min-height: 3; border-top: solid $primary;}
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "act('acknowledge')", "Ack"),
        Binding("o", "own", "Own"),
        Binding("c", "comment", "Comment"),
        Binding("s", "shelve", "Shelve"),
        Binding("u", "act('unshelve')", "Unshelve", show=False),
        Binding("left", "look_back", "Back", priority=True),
        Binding("right", "look_on", "On", priority=True),
        Binding("l", "live", "Live"),
        Binding("d", "data", "Data"),
        Binding("q", "quit", "Quit"),
    ]

    def __init__(self, look: Look, until: Callable[[str], str]) -> None:
        """until: an ISO moment an hour after one, for shelving."""
        super().__init__()
        self.look, self.until = look, until
        self.told: Mapping[str, Any] | None = None
        self.seq: int | None = None  # the row looked back to
        self.show_data = False
        self.wrong = ""

    def compose(self) -> ComposeResult:
        """The parts, top to bottom in order of importance."""
        yield Static(id="title", markup=False)
        yield Static(id="verdict", markup=False)
        yield Static(id="figures", markup=False)
        yield Static(id="places", markup=False)
        yield Static(id="answers", markup=False)
        yield OptionList(id="alarms", markup=False)
        with VerticalScroll(id="more"):
            yield Static(id="timeline", markup=False)
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Begin to look."""
        self.refresh_view()
        self.set_interval(EVERY_S, self.refresh_view)

    def refresh_view(self) -> None:
        """Ask for the view in a thread; a poor link must not freeze the keys."""
        self.run_worker(self._ask, thread=True, exclusive=True, group="look")

    def _ask(self) -> None:
        try:
            told = self.look.view(self.seq)
        except Exception as error:  # whatever the link does, the last view stays, and says that it is old
            self.call_from_thread(self._lost, str(error))
        else:
            self.call_from_thread(self.show, told)

    def _lost(self, why: str) -> None:
        self.wrong = why
        if self.told is not None:
            self.show({**self.told, "trouble": f"No answer: {why}. What is shown is old."})
        else:
            self.query_one("#title", Static).update(lines.plain(f"No answer yet: {why}"))

    def show(self, told: Mapping[str, Any]) -> None:
        """Put a view on the screen."""
        self.told = told
        width = self.size.width
        for name, text in (
            ("title", lines.title(told, self.seq is not None)), ("verdict", lines.verdict(told)),
            ("figures", lines.figures(told)), ("places", lines.places(told, width)), ("answers", lines.answers(told)),
            ("timeline", lines.channels(told) if self.show_data else lines.timeline(told)),
        ):  # fmt: skip
            self.query_one(f"#{name}", Static).update(text)
        alarms, listed = self.query_one("#alarms", OptionList), lines.alarm_lines(told)
        if [option.prompt for option in alarms.options] != [text for _, text in listed]:
            chosen = alarms.highlighted
            alarms.set_options([Option(text, id=incident) for incident, text in listed])
            alarms.highlighted = min(chosen or 0, len(listed) - 1) if listed else None

    # --- keys ---------------------------------------------------------------------------------------------------------

    def action_act(self, action: str, **more: Any) -> None:
        """Do something to the alarm that is chosen."""
        alarms = self.query_one("#alarms", OptionList)
        if alarms.highlighted is None:
            self.notify("No alarm asks for anybody", severity="warning", markup=False)
            return
        incident = str(alarms.get_option_at_index(alarms.highlighted).id)

        def do() -> None:
            try:
                self.look.act(incident, action, **more)
            except Exception as error:
                self.call_from_thread(self.notify, lines.plain(error), severity="error", markup=False)
            else:
                self.call_from_thread(self.notify, f"{action}: {incident}", markup=False)
                self.call_from_thread(self.refresh_view)

        self.run_worker(do, thread=True, group="act")

    def action_own(self) -> None:
        """Ask who takes care of it."""
        self.push_screen(
            Ask("Who takes care of it?"), lambda name: self.action_act("own", owner=name) if name else None
        )

    def action_comment(self) -> None:
        """Ask for a comment."""
        self.push_screen(Ask("Comment:"), lambda said: self.action_act("comment", comment=said) if said else None)

    def action_shelve(self) -> None:
        """Set it aside for an hour of data."""
        if self.told is not None:
            self.action_act("shelve", until_utc=self.until(str(self.told["time_utc"])))

    def action_look_back(self) -> None:
        """Look back to the entry of the timeline before."""
        self._step([entry["seq"] for entry in (self.told or {}).get("timeline", ())], -1)

    def action_look_on(self) -> None:
        """Look on to the next entry; after the last one, to now."""
        if self.seq is not None and self.told is not None:
            newer = self.look.view(None)["timeline"]
            self._step([entry["seq"] for entry in newer], 1)

    def _step(self, seqs: list[int], way: int) -> None:
        now = self.seq if self.seq is not None else 10**12
        beyond = [seq for seq in sorted(set(seqs)) if (seq - now) * way > 0]
        if way < 0 and not beyond:
            return
        self.seq = (beyond[-1] if way < 0 else beyond[0]) if beyond else None
        self.refresh_view()

    def action_live(self) -> None:
        """Back to now."""
        self.seq = None
        self.refresh_view()

    def action_data(self) -> None:
        """Channels in place of the timeline, or back."""
        self.show_data = not self.show_data
        if self.told is not None:
            self.show(self.told)
