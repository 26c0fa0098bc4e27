"""What a page does not need of an SVG file goes: unused ids, repeated styles, digits nobody sees."""

from __future__ import annotations

import hashlib
import re
from html import unescape

from bench.report.figures.spec import Figure, Panel
from bench.report.figures.theme import definitions, variable

_COLOUR = re.compile(r"#[0-9a-f]{6}\b")
_GROUPS = re.compile(r"<g\b[^>]*>|</g>|<!--(?P<text>.*?)-->", re.S)
_NAMED = re.compile(r"(axes_|points-|tile-|line-|label-)\d")
#: Of maps and bars only these follow the page's theme: their colours carry values, and text stands on them.
_FRAME = frozenset({"#000000", "#ffffff", "#f4f4f4", "#b5b5b5", "#444444", "#e3e3e3"})


def settled(body: str, figure: Figure) -> str:
    """The drawing with the colour of texts on coloured ground fixed, since that ground is the same in every theme."""
    if figure.kind not in ("map", "bars"):
        return body
    inner = [_inner(panel) for panel in figure.panels]
    parts: list[str] = []
    stack: list[str] = []
    last, text = 0, ""
    for match in _GROUPS.finditer(body):
        if match["text"] is not None:
            text = unescape(match["text"].strip())
            continue
        if match[0].endswith("/>"):
            continue
        if match[0] == "</g>":
            stack.pop()
            continue
        # Such a text hangs on its axes directly; names of ticks and axes hang on the axis.
        if len(stack) > 1 and stack[-1].startswith("text_") and stack[-2].startswith("axes_"):
            number = int(stack[-2].removeprefix("axes_")) - 1
            if number < len(inner) and text in inner[number]:
                parts += [body[last : match.start()], _fixed(match[0])]
                last = match.end()
        stack.append(found[1] if (found := re.search(r' id="([^"]*)"', match[0])) else "")
    return "".join([*parts, body[last:]])


def _inner(panel: Panel) -> set[str]:
    return {tile.text for tile in panel.tiles} | {f"{100 * part:.0f}" for bar in panel.bars for part in bar.parts}


def _fixed(tag: str) -> str:
    found = _COLOUR.search(tag)
    plain = re.sub(r' style="[^"]*"', "", tag)
    return f'{plain[:-1]} fill="{found[0] if found else "#000000"}">'


def slimmed(body: str, prefix: str) -> str:
    """The drawing without comments, indentation and unused ids; the other ids begin with ``prefix``."""
    body = re.sub(r"<!--.*?-->\s*", "", body, flags=re.S)
    body = re.sub(r"\n\s+", "\n", body)
    body = re.sub(r' d="([^"]*)"', lambda match: f' d="{_path(match[1])}"', body)
    # Digits below a thousandth of a point.
    body = re.sub(r"(\d\.\d{3})\d+", r"\1", body)
    # A letter is moved by its place alone.
    body = re.sub(
        r'<use ([^>]*) transform="translate\(([-\d.]+) ([-\d.]+)\)"', _moved, body.replace("DejaVuSans-", "glyph-")
    )
    used = set(re.findall(r'(?:xlink:href="|url\()#([^")]+)', body))

    def own(match: re.Match[str]) -> str:
        return f' id="{prefix}{match[1]}"' if match[1] in used or _NAMED.match(match[1]) else ""

    body = re.sub(r' id="([^"]*)"', own, body)
    body = re.sub(r"url\(#", f"url(#{prefix}", body)
    return body.replace('xlink:href="#', f'href="#{prefix}').replace(' xmlns:xlink="http://www.w3.org/1999/xlink"', "")


def _moved(match: re.Match[str]) -> str:
    across, down = (
        f' {name}="{value}"' if float(value) else "" for name, value in zip("xy", match.group(2, 3), strict=True)
    )
    return f"<use {match[1]}{across}{down}"


def _path(steps: str) -> str:
    """A path on one line, to a hundredth of a point."""
    return re.sub(r"(\.\d\d)\d+", r"\1", re.sub(r"\s*([MLQCZz])\s*", r"\1", " ".join(steps.split())))


def styled(body: str, figure: Figure) -> tuple[str, str]:
    """The drawing with classes in the place of styles, and the rules of these classes and of their colours."""
    themed = _FRAME if figure.kind in ("map", "bars") else None
    rules: dict[str, str] = {}
    # What is drawn black has no colour of its own: it inherits that of the drawing.
    colours = {"#000000", "#ffffff"}

    def colour(match: re.Match[str]) -> str:
        if themed is not None and match[0] not in themed:
            return match[0]
        colours.add(match[0])
        return variable(match[0])

    def name(match: re.Match[str]) -> str:
        style = ";".join(":".join(part.strip() for part in one.split(":", 1)) for one in match[1].split(";") if one)
        style = _COLOUR.sub(colour, style)
        # Named by what it says: equal styles of several drawings are one class.
        short = "s" + hashlib.sha256(style.encode()).hexdigest()[:7]
        rules[short] = style
        return f' class="{short}"'

    body = re.sub(r' style="([^"]*)"', name, body)
    return body, definitions(colours) + "".join(f".{short}{{{style}}}" for short, style in rules.items())
