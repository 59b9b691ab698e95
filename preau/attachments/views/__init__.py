"""Pages of attachments: the pupil's path, and the staff's answers."""
