"""Using the page: by keys alone, with and without a token, without harm from hostile text, and for everybody's eyes."""

import dataclasses
from typing import Any

import pytest
from browsing import Visit
from serving_one import HOUSTON, Start, leaking_part, person, served

from hullwatch.incident.store import open_record
from hullwatch.units import utc_text
from watching import Watched

HOSTILE = '<img src=x onerror="document.title=1"><script>document.title=2</script>"\' onload=x {{7*7}} javascript:x'


@pytest.fixture
def count(night: Watched) -> int:
    """Rows until the alarm stands."""
    return leaking_part(night.events)


def test_a_viewer_is_offered_nothing_to_say(start: Start, visit: Visit, count: int) -> None:
    visit.open(start(count).address)
    assert visit.page.locator("main button:not(.when)").count() == 0
    visit.page.keyboard.press("a")  # says how one gets a token instead
    visit.waits("dialog", "#token=")


def test_the_token_leaves_the_address_and_stays_in_the_tab(start: Start, visit: Visit, count: int) -> None:
    one = start(count)
    visit.open(one.address, "flight")
    assert visit.page.url == f"{one.address}/"
    kept = visit.page.evaluate("[JSON.stringify(sessionStorage), JSON.stringify(localStorage), document.cookie]")
    assert "token of flight" in kept[0]
    assert "token of flight" not in kept[1] + kept[2]


def test_a_private_console_tells_a_stranger_to_bring_a_token(start: Start, visit: Visit, count: int) -> None:
    one = start(count, private=True)
    visit.page.goto(one.address)
    visit.waits("#page", "token")
    visit.page.goto("about:blank")
    visit.complaints.clear()  # the browser reports each 401 itself
    visit.open(one.address, "look")  # reading works, live too: the stream carries the token
    visit.waits(".fact[data-key=link]", "live")


def test_acknowledging_by_keys_alone(start: Start, visit: Visit, count: int) -> None:
    one = start(count)
    visit.open(one.address, "flight")
    visit.page.wait_for_selector(".acknowledge")
    visit.page.keyboard.press("a")
    visit.page.wait_for_selector("dialog[open]")
    visit.page.keyboard.type("crew is told")
    visit.page.keyboard.press("Enter")
    visit.waits(".class .state", "acknowledged")
    visit.waits("#alarms", "crew is told")
    assert visit.page.locator(".acknowledge").count() == 0
    assert one.client().view()["alarms"][0]["state"] == "acknowledged"
    assert one.record.verify().ok
    visit.picture("acknowledged")


def test_a_refusal_is_shown_in_the_servers_words(start: Start, visit: Visit, night: Watched, count: int) -> None:
    one = start(count)
    visit.open(one.address, "flight")
    visit.page.wait_for_selector(".acknowledge")
    visit.page.keyboard.press("a")
    visit.page.wait_for_selector("dialog[open]")
    one.client("tsup").act(one.client().view()["alarms"][0]["incident"], "acknowledge")
    visit.page.keyboard.press("Enter")
    visit.waits("dialog .refused", "it accepts")
    visit.complaints.clear()  # the browser reports the 409 itself


def test_a_hatch_report_and_evidence_reach_the_record(start: Start, visit: Visit, count: int) -> None:
    one = start(count)
    visit.open(one.address, "flight")
    visit.page.wait_for_selector(".acknowledge")
    visit.page.keyboard.press("o")
    visit.page.select_option("dialog select[name=hatch]", "NODE-STORE")
    visit.page.click("dialog .go")
    visit.waits("#timeline", "NODE-STORE")
    visit.page.wait_for_selector("dialog", state="detached")
    visit.page.keyboard.press("w")
    visit.page.click("text=Searched, nothing found")
    visit.page.select_option("dialog select[name=compartment]", "LAB")
    visit.page.fill("dialog input[name=note]", HOSTILE)
    visit.page.click("dialog .go")
    visit.waits("#evidence", "not found")
    kinds = [row["kind"] for row in one.client().rows() if row["data"].get("by") == "flight"]
    assert kinds == ["hatch_report", "evidence"]


def test_a_decision_waits_for_both_centres(start: Start, visit: Visit, night: Watched) -> None:
    one = start(next(k for k, event in enumerate(night.events) if event.kind == "advice") + 1)
    one.client("flight").act(one.client().view()["alarms"][0]["incident"], "comment", comment="here")  # houston joins
    one.client("tsup").propose(
        "shut NODE-STORE", action={"shut": ["NODE-STORE"], "open": []}, needs=["houston", "moscow"]
    )
    visit.open(one.address, "flight")
    visit.waits("#decisions", "shut node-store")
    visit.page.click("#decisions button:has-text('Agree')")
    visit.page.click("dialog .go")
    visit.page.wait_for_selector("dialog", state="detached")
    decision = one.client().view()["decisions"][0]
    assert "houston" in str(decision["agreed"])


def test_keys_are_listed_and_move_the_focus(start: Start, visit: Visit, count: int) -> None:
    visit.open(start(count).address)
    visit.page.keyboard.press("?")
    assert "back to live" in visit.text("dialog")
    visit.picture("keys")
    visit.page.keyboard.press("Escape")
    visit.page.wait_for_selector("dialog", state="detached")
    for key, where in (("1", "verdict"), ("2", "how-much"), ("4", "where"), ("6", "alarms")):
        visit.page.keyboard.press(key)
        assert visit.page.evaluate("document.activeElement.id") == where
    visit.page.keyboard.press("h")
    assert visit.page.evaluate("document.activeElement.id") == "history"


def test_sound_is_off_until_asked_for(start: Start, visit: Visit, night: Watched) -> None:
    one = start(10)
    visit.page.add_init_script(
        "window.heard = 0; window.AudioContext = class { constructor() { window.heard += 1; throw Error('test'); } };"
    )
    visit.open(one.address)
    visit.waits(".fact[data-key=link]", "live")
    one.record.append(night.events[10 : leaking_part(night.events)])
    one.desk.grown()
    visit.waits(".class .word", "caution")
    assert visit.page.evaluate("window.heard") == 0
    visit.page.keyboard.press("s")
    assert visit.page.evaluate("window.heard") == 1  # it sounds once, so that one knows what it is
    assert visit.complaints == ["test"]
    visit.complaints.clear()


def test_an_alarm_back_from_the_shelf_sounds_again(start: Start, visit: Visit, night: Watched, count: int) -> None:
    """ISA-18.2: when the shelf ends and the condition stands, the alarm asks for somebody as if it were new."""
    one = start(count)
    visit.page.add_init_script(  # every tone is heard, none is played
        "window.heard = []; const itself = (x) => x, nothing = () => {};"
        "const level = { setValueAtTime: nothing, linearRampToValueAtTime: nothing };"
        "window.AudioContext = class { currentTime = 0; resume() { return Promise.resolve(); }"
        " createGain() { return { gain: level, connect: itself }; }"
        " createOscillator() { const pitch = {};"
        " return { frequency: pitch, connect: itself, start() { heard.push(pitch.value); }, stop: nothing }; } };"
    )
    visit.open(one.address, "flight")
    visit.page.wait_for_selector(".acknowledge")
    visit.page.keyboard.press("s")
    visit.waits(".top .buttons", "sound on")
    client, (alarm,) = one.client("flight"), one.client().view()["alarms"]
    end_s = night.events[count - 1].time_s + 90.0
    client.act(alarm["incident"], "shelve", comment="known", until_utc=utc_text(end_s))
    visit.waits(".class .state", "shelved until")
    visit.page.evaluate("heard.length = 0")
    still = [event for event in night.events[count:] if event.kind == "trend"]
    before, after = ([event for event in still if (event.time_s > end_s) is late] for late in (False, True))
    one.record.append(before[-1:])
    visit.page.wait_for_timeout(1_200)  # its view has come, and the shelf has not ended
    assert visit.page.evaluate("heard.length") == 0
    one.record.append(after[:1])
    visit.waits(".class .state", "not acknowledged")
    visit.page.wait_for_function("heard.length > 0")
    assert "again" in visit.text("#said")
    sounded = visit.page.evaluate("heard.length")
    one.record.append(after[1:2])
    visit.page.wait_for_timeout(1_200)
    assert visit.page.evaluate("heard.length") == sounded  # once


def test_the_theme_can_be_chosen_and_is_kept(start: Start, visit: Visit, count: int) -> None:
    visit.open(start(count).address)
    shade = "getComputedStyle(document.querySelector('#map')).backgroundColor"
    dark = visit.page.evaluate(shade)
    visit.page.keyboard.press("t")
    assert visit.page.evaluate(shade) == dark  # first the choice of dark, then of light
    visit.page.keyboard.press("t")
    assert visit.page.evaluate(shade) == "rgb(255, 255, 255)"
    visit.page.reload()
    visit.page.wait_for_selector("#map")
    assert visit.page.evaluate(shade) == "rgb(255, 255, 255)"


def test_the_first_tab_skips_to_the_answers(start: Start, visit: Visit, count: int) -> None:
    visit.open(start(count).address)
    visit.page.keyboard.press("Tab")
    assert visit.page.evaluate("document.activeElement.className") == "skip"
    visit.page.keyboard.press("Enter")
    assert visit.page.evaluate("document.activeElement.id") == "answers"


def test_what_one_reads_stays_open_while_news_come(start: Start, visit: Visit, night: Watched, count: int) -> None:
    one = start(count)
    visit.open(one.address)
    visit.page.focus(".else summary")
    visit.page.keyboard.press("Enter")
    one.record.append(night.events[count : count + 8])
    one.desk.grown()
    visit.page.wait_for_timeout(600)
    assert visit.page.locator(".else details[open]").count() == 1
    assert visit.page.evaluate("document.activeElement.tagName") == "SUMMARY"


@pytest.mark.parametrize("visit", [{"color_scheme": "dark"}, {"color_scheme": "light"}], indirect=True)
def test_axe_finds_nothing(start: Start, visit: Visit, night: Watched) -> None:
    one = start(next(k for k, event in enumerate(night.events) if event.kind == "clearance"))
    visit.open(one.address, "flight")
    visit.page.wait_for_selector(".strip canvas")
    assert visit.violations() == []
    visit.page.keyboard.press("Shift+ArrowLeft")
    visit.waits(".labels", "not live")
    assert visit.violations() == []
    visit.page.keyboard.press("l")
    visit.page.keyboard.press("?")
    visit.page.wait_for_selector("dialog[open]")
    assert visit.violations() == []


@pytest.mark.parametrize("visit", [{"viewport": {"width": 640, "height": 400}}], indirect=True)
def test_at_200_percent_nothing_is_cut(start: Start, visit: Visit, count: int) -> None:
    visit.open(start(count).address)
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= 640


def renamed(value: Any) -> Any:
    """The same with every text of the ship's own made hostile: names, titles, reasons. Ids stay: they are matched."""
    if isinstance(value, dict):
        texts = (
            "name",
            "title",
            "why",
            "text",
            "meaning",
            "cause",
            "next",
            "location_why",
            "would_change",
            "provenance",
        )
        return {k: HOSTILE if k in texts and isinstance(v, str) else renamed(v) for k, v in value.items()}
    return [renamed(one) for one in value] if isinstance(value, list | tuple) else value


def test_hostile_text_is_only_text(visit: Visit, night: Watched, count: int, tmp_path: Any) -> None:
    room = next(event for event in night.events if event.kind == "watch_started").data["compartments"][0]["id"]
    evil = [dataclasses.replace(event, data=renamed(event.data)) for event in night.events[: count + 40]]
    text = '<b onclick="x">&'
    evil = [dataclasses.replace(e, data=swapped(e.data, room, text)) for e in evil]
    with open_record(str(tmp_path / "record.sqlite")) as record:
        record.append(evil)
    one = served(str(tmp_path / "record.sqlite"), [person("flight", "operator", "houston")], [HOUSTON])
    try:
        one.client("flight").act(one.client().view()["alarms"][0]["incident"], "comment", comment=HOSTILE)
        visit.open(one.address, "flight")
        visit.page.wait_for_selector(".strip canvas")
        visit.waits("#alarms", "onerror")
        assert visit.page.locator("img, script:not([src]), [onerror], [onclick], [onload], main b b").count() == 0
        assert visit.page.title().endswith("Hullwatch")
        assert HOSTILE.split(" ")[0] in visit.text("#alarms")
        visit.picture("hostile")
    finally:
        one.stop()


def swapped(value: Any, old: str, new: str) -> Any:
    """An id replaced wherever it stands."""
    if isinstance(value, dict):
        return {k: swapped(v, old, new) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [swapped(one, old, new) for one in value]
    return new if value == old else value


def test_no_answer_weighs_more_than_a_megabyte(start: Start, visit: Visit, night: Watched) -> None:
    sizes: list[int] = []
    visit.page.on(
        "requestfinished", lambda r: sizes.append(r.sizes()["responseBodySize"]) if "stream" not in r.url else None
    )
    visit.open(start().address)
    visit.page.wait_for_selector(".strip canvas")
    visit.page.wait_for_timeout(300)
    assert sum(sizes) < 1_000_000
