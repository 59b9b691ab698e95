"""Questions that come from elsewhere and go elsewhere: GIFT, Moodle XML, JSON, QTI."""

from preau.parcours.exchange.reading import Problem, Reading, UnreadableQuestions, read_questions
from preau.parcours.exchange.writing import Written, write_questions

__all__ = ["Problem", "Reading", "UnreadableQuestions", "Written", "read_questions", "write_questions"]
