"""A desk in this process, looked at as a console far away is. What is said here is signed where a key is given."""

from typing import Any

from hullwatch.console.desk import Desk
from hullwatch.incident import statements
from hullwatch.incident.signing import CentreKey
from hullwatch.incident.standing import Standing
from hullwatch.records import Event

BY = "terminal"


class Near:
    """The desk as a `Look`."""

    def __init__(self, desk: Desk, by: str = BY, key: CentreKey | None = None) -> None:
        self.desk, self.by, self.key = desk, by, key

    def view(self, seq: int | None = None) -> dict[str, Any]:
        """The view, with every row written by now."""
        self.desk.catch_up()
        return self.desk.view(seq)

    def act(self, incident: str, action: str, **more: Any) -> int:
        """Do something to an alarm."""

        def build(standing: Standing, at_s: float, utc: str) -> Event:
            centre = self.key.centre if self.key else None
            return statements.alarm_action(
                standing, at_s, incident, action, self.by, centre=centre, entered_utc=utc, **more
            )

        return self.desk.say(build, self.key)
