"""Examinations: exams, sessions, subjects, entries and their results (catalogue E1, E9, E10)."""
