"""Drawings fit for inclusion in HTML: own ids, and a text to hover over on each point and cell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from bench.report.figures.spec import Figure, Series


def inline_svg(text: str, figure: Figure, prefix: str) -> str:
    """An SVG file's text made fit for inclusion in HTML: no prologue, own ids, a title, a text on each point."""
    body = text[text.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>\s*", "", body, count=1, flags=re.S)
    body = re.sub(r"<title>.*?</title>\s*", "", body, count=1, flags=re.S)
    # A third of the size goes: indentation, and digits below a thousandth of a point.
    body = re.sub(r"\n\s+", "\n", body)
    body = re.sub(r"(\d\.\d{3})\d+", r"\1", body)
    body = re.sub(r'\bid="', f'id="{prefix}', body)
    body = re.sub(r'(xlink:href="|url\()#', rf"\g<1>#{prefix}", body)
    for gid, texts in _points(figure):
        body = _group(body, f'<g id="{prefix}{gid}">', texts)
    tiles = {
        f"tile-{position}-{number}": tile.hover
        for position, panel in enumerate(figure.panels)
        for number, tile in enumerate(panel.tiles)
    }
    body = re.sub(
        rf'<g id="{prefix}(tile-\d+-\d+)">',
        lambda match: f"{match[0]}<title>{escape(tiles.get(match[1], ''))}</title>",
        body,
    )
    head, rest = body.split(">", 1)
    return (
        f'{head} role="img" aria-labelledby="{prefix}title {prefix}desc"><title id="{prefix}title">'
        f'{escape(figure.title)}</title><desc id="{prefix}desc">{escape(figure.caption)}</desc>{rest}'
    )


def _points(figure: Figure) -> Iterator[tuple[str, list[str]]]:
    """The id of each group of markers and the texts of its points, in the order in which they were drawn."""
    for position, panel in enumerate(figure.panels):
        for number, series in enumerate(panel.series):
            if not series.light:
                for hollow in (False, True):
                    yield f"points-{position}-{number}-{int(hollow)}", _texts(series, hollow=hollow)
        for number, cloud in enumerate(panel.clouds):
            yield f"points-{position}-{number}-0", list(cloud.hover)


def _group(body: str, opening: str, texts: list[str]) -> str:
    start = body.find(opening) if texts else -1
    if start < 0:
        return body
    end = body.find("</g>\n</g>", start)
    end = len(body) if end < 0 else end
    rest = iter(texts)
    part = re.sub(
        r"<use ([^>]*?)/>",
        lambda match: f"<use {match[1]}><title>{escape(next(rest, ''))}</title></use>",
        body[start:end],
    )
    return body[:start] + part + body[end:]


def _texts(series: Series, *, hollow: bool) -> list[str]:
    noisy = series.noisy or (False,) * len(series.x)
    return [text for text, flag in zip(series.hover, noisy, strict=True) if flag is hollow] if series.hover else []
