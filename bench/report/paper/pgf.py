"""A drawing as PGF, made without TeX: matplotlib's own PGF renderer asks a running TeX how wide each text is."""

from __future__ import annotations

import io
from typing import Any

from matplotlib.backend_bases import GraphicsContextBase, RendererBase
from matplotlib.backends.backend_pgf import RendererPgf
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text

from bench.report.paper.words import tex

#: Computer Modern is narrower than the font that matplotlib measures with.
_NARROWER = 0.88


def pgf(canvas: Figure, name: str) -> str:
    """The drawing as a ``pgfpicture`` for ``\\input``; it needs the package pgf and takes the document's sans serif."""
    stream = io.StringIO()
    width, height = canvas.get_size_inches()
    stream.write(f"% {name}: needs \\usepackage{{pgf}}; {width:.2f} in wide.\n")
    stream.write("\\begingroup%\n\\makeatletter%\n\\begin{pgfpicture}%\n")
    stream.write(f"\\pgfpathrectangle{{\\pgfpointorigin}}{{\\pgfqpoint{{{width:f}in}}{{{height:f}in}}}}%\n")
    stream.write("\\pgfusepath{use as bounding box, clip}%\n")
    renderer: RendererBase = _Renderer(canvas, stream)  # type: ignore[no-untyped-call]
    canvas.draw(renderer)
    stream.write("\\end{pgfpicture}%\n\\makeatother%\n\\endgroup%\n")
    return stream.getvalue()


class _Renderer(RendererPgf):
    """Texts are escaped here, and measured with matplotlib's fonts."""

    fh: io.StringIO
    figure: Figure

    def draw_text(
        self,
        gc: GraphicsContextBase,
        x: float,
        y: float,
        s: str,
        prop: FontProperties,
        angle: float,
        ismath: Any = False,
        mtext: Text | None = None,
    ) -> None:
        dpi = self.figure.dpi
        place = ["left", "base"]
        if mtext is not None and mtext.get_verticalalignment() != "center_baseline" and angle in (0, 90):
            # Where the text was put, so that its real width does not matter.
            x, y = mtext.get_transform().transform(mtext.get_unitless_position())
            place = _anchor(mtext, angle)
        red, green, blue = gc.get_rgb()[:3]
        size = prop.get_size_in_points()
        bold = r"\bfseries" if str(prop.get_weight()) in ("bold", "heavy", "black") else ""
        options = ",".join([f"x={x / dpi:f}in", f"y={y / dpi:f}in", *place, *([f"rotate={angle:f}"] if angle else [])])
        self.fh.write(
            f"\\begin{{pgfscope}}%\n\\definecolor{{textcolor}}{{rgb}}{{{red:f},{green:f},{blue:f}}}%\n"
            f"\\pgftext[{options}]{{\\color{{textcolor}}\\sffamily{bold}\\fontsize{{{size:f}}}{{{1.2 * size:f}}}"
            f"\\selectfont {tex(s)}}}%\n\\end{{pgfscope}}%\n"
        )

    def get_text_width_height_descent(self, s: str, prop: FontProperties, ismath: Any) -> tuple[float, float, float]:
        width, height, descent = RendererBase.get_text_width_height_descent(self, s, prop, False)
        return _NARROWER * width, height, descent


def _anchor(text: Text, angle: float) -> list[str]:
    """Which point of the text lies at its place; of an upright text, matplotlib names that of the turned box."""
    across: str = text.get_horizontalalignment()
    along: str = text.get_verticalalignment()
    if angle and text.get_rotation_mode() != "anchor":
        across, along = (
            {"bottom": "left", "top": "right", "baseline": "left"}.get(along, "center"),
            {"left": "top", "right": "bottom"}.get(across, "center"),
        )
    vertical = {"top": "top", "bottom": "bottom", "baseline": "base"}.get(along)
    return [part for part in ({"left": "left", "right": "right"}.get(across), vertical) if part]
