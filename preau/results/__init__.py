"""What came of the parcours: for a class, for one pupil, for the pupil alone. It keeps nothing of its own."""
