"""Figures by matplotlib's object interface: what to draw (``plan``), how it looks (``style``), how it is saved."""
