"""The process studio: draw, test, publish, move and operate processes (catalogue H1-H9)."""
