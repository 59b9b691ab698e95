"""Préau: from the school's roster file to a pupil inside the parcours."""

__version__ = "0.1.0"
