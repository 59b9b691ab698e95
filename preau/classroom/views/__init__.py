"""The pages of a lesson: the list, the board, the deeds, what is printed, the trial of an adult."""
