"""The row model and the run folder; the only room that touches stored files."""
