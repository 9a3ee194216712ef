"""Demo people and data: every page alive, the same each time (README, `make run`)."""
