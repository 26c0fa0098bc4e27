"""Drawings fit for inclusion in HTML: own ids, a text to hover over on each point and cell, colours as variables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from bench.report import units
from bench.report.figures.slim import settled, slimmed, styled
from bench.report.figures.spec import Figure, Series


def inline_svg(text: str, figure: Figure, prefix: str) -> str:
    """An SVG file's text made fit for inclusion in HTML: no prologue, own ids, a title, a text on each point.

    Args:
        text: As matplotlib wrote it.
        figure: What it shows.
        prefix: What keeps its ids apart from those of other drawings of the page.
    """
    body = text[text.index("<svg") :]
    for tag in ("metadata", "title", "style"):
        # The only style sheet speaks of all elements, in HTML of the whole page: report.css says the same of drawings.
        body = re.sub(rf"<{tag}\b.*?</{tag}>\s*", "", body, count=1, flags=re.S)
    body = slimmed(settled(body, figure), prefix)
    for gid, texts in _points(figure):
        body = _group(body, f'<g id="{prefix}{gid}">', texts)
    tiles = dict(_tiles(figure))
    body = re.sub(
        rf'<g id="{prefix}(tile-[\d-]+)">',
        lambda match: f"{match[0]}<title>{escape(tiles.get(match[1], ''))}</title>",
        body,
    )
    body, rules = styled(body, figure)
    head, rest = body.split(">", 1)
    return (
        f'{head} role="img" aria-labelledby="{prefix}title {prefix}desc"><title id="{prefix}title">'
        f'{escape(figure.title)}</title><desc id="{prefix}desc">{escape(figure.caption)}</desc>'
        f"<style>{rules}</style>{rest}"
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
        for number, dot in enumerate(panel.dots):
            # Rows of a dot plot are drawn one by one.
            yield f"points-{position}-{number}-0", [dot.hover] if dot.hover else []


def _tiles(figure: Figure) -> Iterator[tuple[str, str]]:
    """The id and the text of each cell of a map and each part of a bar."""
    for position, panel in enumerate(figure.panels):
        for number, tile in enumerate(panel.tiles):
            yield f"tile-{position}-{number}", tile.hover
        for place, bar in enumerate(panel.bars):
            for number, (part, share) in enumerate(zip(figure.parts, bar.parts, strict=False)):
                yield f"tile-{position}-{number}-{place}", f"{bar.label}, {part}: {units.percent(share)}"


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
