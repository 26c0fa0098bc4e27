"""The page: one HTML file with its style, script and figures inside, and nothing from the network."""

from __future__ import annotations

from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from bench.report.page import Page


def html(page: Page) -> str:
    """The page's source. Everything from the run is escaped; only our own style, script and drawings are not."""
    return render("report.html.j2", page=page, figures=[(figure, Markup(svg)) for figure, svg in page.figures])


def render(template: str, **values: object) -> str:
    """A page from one of our templates, with the style and the script that all pages share."""
    environment = Environment(
        loader=PackageLoader("bench.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["breakable"] = breakable
    own = files("bench.report").joinpath("templates")
    return environment.get_template(template).render(
        style=Markup(own.joinpath("report.css").read_text(encoding="utf-8")),
        script=Markup(own.joinpath("report.js").read_text(encoding="utf-8")),
        **values,
    )


def breakable(text: str) -> Markup:
    """Escaped text in which a long case id may break after each slash."""
    return Markup("/<wbr>").join(text.split("/")) if "/" in text else escape(text)
