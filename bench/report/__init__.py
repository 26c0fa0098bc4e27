"""Frames and verdicts to tables, figures, HTML, Markdown, LaTeX and terminal text. No statistics, no torch."""
