"""Pages of campaigns: the pupil's and the staff's."""
