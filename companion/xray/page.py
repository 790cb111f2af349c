"""A recording as one HTML file: everything is in it, nothing is fetched."""

from __future__ import annotations

from html import escape
from pathlib import Path

from markdown import markdown

from companion.environment import ROOT
from companion.original import INTERPRETER, LICENSED

from .listing import Listing
from .player import Player
from .recording import Recording
from .words import inline

ASSETS = ROOT / "overrides" / "assets"

# What the site's theme sets, and the style sheets count on.
BASE = """\
html { font-size: 125%; }
body {
  max-width: 74rem;
  margin: 0 auto;
  padding: 1rem;
  background: var(--paper);
  color: var(--ink);
  font: 0.75rem/1.5 system-ui, sans-serif;
}
:is(pre, code, kbd) {
  font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
a { color: var(--md-typeset-a-color); }
*, ::before { box-sizing: border-box; }
"""

# The system's colours, or JupyterLab's around us: also when they change while
# the page is open.
SCHEME = """\
const dark = matchMedia("(prefers-color-scheme: dark)");
const around = frameElement?.ownerDocument.body;
const follow = () => {
  const light = around?.dataset.jpThemeLight;
  const slate = light ? light === "false" : dark.matches;
  document.body.dataset.mdColorScheme = slate ? "slate" : "default";
};
dark.addEventListener("change", follow);
if (around) {
  const watch = { attributeFilter: ["data-jp-theme-light"] };
  new MutationObserver(follow).observe(around, watch);
}
follow();
"""

PAGE = """\
<!doctype html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body class="md-typeset" data-md-color-scheme="default">
<script>{scheme}</script>
<main>
<h1>{heading}</h1>
{teaches}
{ended}
<xray-player>
{player}
</xray-player>
{notice}
</main>
<script>{script}</script>
</body>
</html>
"""


def document(recording: Recording, script: Path) -> str:
    """Return a page with the player and its text twin.

    `script` is the file that was run. Without JavaScript the page is the
    list of all steps.
    """
    style = "\n".join(
        [
            (ASSETS / "site.css").read_text(encoding="utf-8"),
            (ASSETS / "xray.css").read_text(encoding="utf-8"),
            BASE,
        ]
    )
    ended = recording.ended
    original = f"Code of {INTERPRETER} is {LICENSED}."
    paragraphs = recording.teaches.split("\n\n") if recording.teaches else []
    return PAGE.format(
        title=escape(recording.title.replace("`", "")),
        heading=inline(recording.title),
        teaches="\n".join(f"<p>{inline(each)}</p>" for each in paragraphs),
        ended=f"<p><strong>{inline(ended)}</strong></p>" if ended else "",
        style=style,
        scheme=SCHEME,
        player=Player(recording, Listing(recording, script)).html(),
        notice=markdown(original)
        if recording.implementation == "stdlib"
        else "",
        script=(ASSETS / "xray.js").read_text(encoding="utf-8"),
    )
