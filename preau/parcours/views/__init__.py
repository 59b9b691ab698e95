"""Pages of the parcours: the pupil's player, and what a school composes."""
