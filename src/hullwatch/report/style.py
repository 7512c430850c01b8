"""How the page looks: colours, shapes of status, type, print. No section, no content."""

from collections.abc import Mapping
from dataclasses import dataclass

STATUS_SHAPES: Mapping[str, str] = {
    # Astro UXDS colours, each with a shape of its own, so that colour never speaks alone.
    "critical": '<path d="M12 2 22 21H2z"/>',
    "caution": '<rect x="3" y="3" width="18" height="18" rx="2"/>',
    "standby": '<path d="M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm0 4.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11z"/>',
    "normal": '<circle cx="12" cy="12" r="10"/>',
    "off": '<path d="M12 1.5a10.5 10.5 0 1 0 0 21 10.5 10.5 0 0 0 0-21zm0 2.5a8 8 0 1 1 0 16 8 8 0 0 1 0-16z"/>',
}
SORT_SHAPES: Mapping[str, str] = {
    # The timeline's own marks, the same as in the plot's strip and never in a status colour.
    "incident": '<path d="M12 2 22 12 12 22 2 12z"/>',
    "hatch": '<path d="M10 2h4v20h-4z"/>',
    "step": '<rect x="5" y="5" width="14" height="14"/>',
    "signal": '<path d="M2 10h20v4H2z"/>',
    "operation": '<path d="M4 4l8 8 8-8v16l-8-8-8 8z"/>',
    "word": '<path d="M3 4h18v12H11l-5 5v-5H3z"/>',
    "advice": '<path d="M3 9h10V4l8 8-8 8v-5H3z"/>',
}
CLASS_STATUS: Mapping[str, str] = {
    "emergency": "critical",
    "warning": "critical",
    "caution": "caution",
    "advisory": "standby",
}
"""ISS class -> status colour: emergency and warning red (told apart by the word), caution yellow, advisory neither."""


@dataclass(frozen=True, slots=True)
class Status:
    """What the banner shows: a colour with its shape, and words."""

    name: str
    word: str
    more: str


def icon(status: str, size: int = 20) -> str:
    """The shape of a status, for the eye only; the word stands beside it."""
    shape = STATUS_SHAPES.get(status) or SORT_SHAPES[status]
    return (
        f'<svg class="icon {status}" viewBox="0 0 24 24" width="{size}" height="{size}" aria-hidden="true" '
        f'focusable="false">{shape}</svg>'
    )


CSS = """
:root{color-scheme:light dark;--sans:system-ui,"Segoe UI",Roboto,"Helvetica Neue",Arial,"DejaVu Sans",sans-serif;
--page:#e9edf2;--pane:#fff;--ink:#14202b;--muted:#526272;--grid:#d5dce4;--edge:#c3ccd6;--link:#0a558c;
--line-1:#0b5cad;--line-2:#9a4a00;--line-3:#1c7a4a;--line-alert:#c41230;--line-mark:#7a3e9d;--bar:#0b5cad;
--soft:#f2f5f8;
--critical:#ff3838;--caution:#fce83a;--normal:#56f000;--standby:#2dccff;--off:#a4abb6;--shape-edge:#14202b}
@media (prefers-color-scheme:dark){:root{--page:#101923;--pane:#172635;--ink:#eef3f7;--muted:#a9b8c6;--grid:#2f4355;
--edge:#3a5166;--link:#7cc4ff;--line-1:#63b3ff;--line-2:#ffb454;--line-3:#5fd694;--line-alert:#ff7b7b;
--line-mark:#d4a5f5;
--bar:#63b3ff;--soft:#1f3244;--shape-edge:transparent}}
*{box-sizing:border-box}
html{font:16px/1.5 var(--sans);background:var(--page);color:var(--ink)}
body{margin:0}
a{color:var(--link)}
a:focus-visible,summary:focus-visible,[tabindex]:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.skip{position:absolute;left:-9999px}.skip:focus{left:1rem;top:1rem;background:var(--pane);padding:.5rem 1rem;
z-index:2}
header,main,footer,nav.toc{max-width:72rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:1.5rem}
h1{font-size:1.35rem;line-height:1.3;margin:0}
h2{font-size:1.15rem;margin:0 0 .75rem}
h3{font-size:1rem;margin:1.25rem 0 .4rem}
p{margin:.4rem 0;max-width:75ch}
.sub{color:var(--muted);margin:.2rem 0 1rem}
.label{border:2px solid currentColor;border-radius:4px;font-weight:700;letter-spacing:.06em;padding:.35rem .7rem;
margin:0 0 .9rem;display:flex;flex-wrap:wrap;gap:.1rem .8rem;align-items:baseline;
background:repeating-linear-gradient(
-45deg,transparent 0 9px,var(--soft) 9px 18px);max-width:none}
.label span{font-weight:400;letter-spacing:0}
.banner{display:grid;grid-template-columns:auto 1fr;background:var(--pane);border:1px solid var(--edge);
border-radius:8px;overflow:hidden}
.banner .class{display:flex;flex-direction:column;gap:.4rem;align-items:center;justify-content:center;
border-left:12px solid;padding:1.1rem 1.4rem;min-width:11rem;text-align:center;font-weight:700;font-size:1.2rem;
letter-spacing:.03em}
.banner .class span{color:var(--ink)}.banner .class small{color:var(--muted)}
.banner .fill.critical,.banner .fill.caution{border:0}
.banner .class small{font-weight:500;font-size:.85rem;letter-spacing:0;max-width:11rem}
.banner .fill.critical *,.banner .fill.caution *{color:#101923;stroke:none}
.banner .fill.critical .icon,.banner .fill.caution .icon{fill:#101923}
.answer{font-size:1.1rem;max-width:85ch}.refused{border-left:4px solid var(--critical);padding-left:.6rem}
svg.range.wide{min-width:16rem;height:1.9rem}details{margin:.6rem 0}summary{cursor:pointer;color:var(--link)}
.banner ul{margin:.3rem 0 0;padding-left:1.1rem}.banner li{margin:.25rem 0;max-width:85ch}.nb{white-space:nowrap}
.banner .words{padding:1rem 1.3rem}
.banner .words p:first-child{font-size:1.2rem;font-weight:650;margin-top:0}
.critical.fill{background:var(--critical)}.caution.fill{background:var(--caution)}
.normal.fill{border-color:var(--normal)}.standby.fill{border-color:var(--standby)}.off.fill{border-color:var(--off)}
.icon{fill:var(--muted)}
.icon{vertical-align:-.2em;stroke:var(--shape-edge);stroke-width:1.2;overflow:visible;flex:none}
.icon.critical{fill:var(--critical)}.icon.caution{fill:var(--caution)}.icon.normal{fill:var(--normal)}
.icon.standby{fill:var(--standby)}.icon.off{fill:var(--off)}
nav.toc{margin-top:.9rem;font-size:.92rem}nav.toc ul{list-style:none;display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;
padding:0;margin:0}
section{background:var(--pane);border:1px solid var(--edge);border-radius:8px;padding:1.1rem 1.3rem;margin:1rem 0}
figure{margin:0 0 .6rem}figcaption{color:var(--muted);font-size:.9rem;max-width:85ch}
svg.plot{display:block;width:100%;height:auto}
.figures{display:flex;flex-wrap:wrap;gap:.6rem 2.2rem;margin:0 0 .9rem}
.figures div{min-width:8rem}.figures dt{color:var(--muted);font-size:.85rem}.figures dd{margin:0;font-size:1.3rem;
font-weight:650}
.figures dd small{display:block;font-weight:400;font-size:.85rem;color:var(--muted)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.93rem}
caption{text-align:left;color:var(--muted);padding:0 0 .35rem}
th,td{text-align:left;vertical-align:top;padding:.32rem .8rem .32rem 0;border-bottom:1px solid var(--grid);
overflow-wrap:break-word}
thead th{color:var(--muted);font-weight:600;border-bottom-color:var(--edge)}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td.t{white-space:nowrap;font-variant-numeric:tabular-nums}td.t small{color:var(--muted)}
td.why{color:var(--muted);min-width:16rem}
tr.lead td,tr.lead th{font-weight:650}
.meter{display:block;height:.8rem;margin-top:.3rem;min-width:9rem;background:var(--soft);
border:1px solid var(--edge);border-radius:2px}
.meter i{display:block;height:100%;background:var(--bar)}
svg.range{display:block;width:100%;min-width:11.5rem;height:1.5rem;overflow:visible}
svg.range .track{stroke:var(--grid)}svg.range .span{fill:var(--bar);opacity:.4}svg.range .mid{stroke:var(--ink);
stroke-width:3}
svg.range text{fill:var(--muted);font-size:11px}
.ship{overflow-x:auto}.ship svg{display:block;max-width:100%;height:auto;min-width:46rem}
.ship svg>rect:first-of-type{fill:none}
@media screen and (prefers-color-scheme:dark){.ship svg{filter:invert(.92) hue-rotate(180deg)}}
dl.pairs{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1.2rem;margin:0}dl.pairs dt{color:var(--muted)}
dl.pairs dd{margin:0;overflow-wrap:anywhere}
footer{color:var(--muted);font-size:.85rem;padding-bottom:2rem}
@media (max-width:46rem){.banner{grid-template-columns:1fr}.banner .class{flex-direction:row;flex-wrap:wrap;
padding:.7rem 1rem}
dl.pairs{grid-template-columns:1fr}dl.pairs dd{margin-bottom:.4rem}.plotbox{overflow-x:auto}
.plotbox svg.plot{min-width:40rem}}
@media print{:root{--page:#fff;--pane:#fff;--ink:#000;--muted:#444;--grid:#ccc;--edge:#999;--link:#000;
--line-1:#0b5cad;
--line-2:#9a4a00;--line-3:#1c7a4a;--line-alert:#c41230;--line-mark:#7a3e9d;--bar:#0b5cad;--soft:#f2f5f8;
--shape-edge:#000;color-scheme:light}
html{font-size:11pt}nav.toc,.skip{display:none}section{border:0;padding:0;margin:1.2rem 0}
figure,tr,.banner,.figures{break-inside:avoid}
details:not([open])>*{display:block}details::details-content{content-visibility:visible;block-size:auto}
summary{list-style:none;color:var(--ink);font-weight:650;break-after:avoid}summary::-webkit-details-marker{display:none}
.told-again{display:none}section li{font-size:9pt}
h2,h3,caption,thead{break-after:avoid}.scroll,.ship,.plotbox{overflow:visible}.ship svg{min-width:0}
table{font-size:8.5pt}td.why{min-width:0}svg.range{min-width:9rem}.meter{min-width:5rem}
td.t small{display:block}caption{break-inside:avoid}
svg.plot{max-height:98mm}
.banner{grid-template-columns:9.5rem 1fr}.banner .class{min-width:0;padding:.7rem .5rem}
.banner .words{padding:.7rem 1rem}
.banner li,.answer,p,dl.pairs{font-size:9.5pt}.banner .words p:first-child{font-size:12pt}figcaption{font-size:8.5pt}
.fill,.meter i,.icon{print-color-adjust:exact;-webkit-print-color-adjust:exact}
a[href^="http"]{text-decoration:underline}.made{break-inside:avoid}
@page{size:A4;margin:17mm 14mm 15mm;font:8pt sans-serif;color:#333}}
"""
