"""From what day a pupil may use an e-mail address here (rentree.md §2, « Age »)."""

from datetime import date

AGE_FOR_EMAIL = 15


def fifteenth_birthday(birth_date: date) -> date:
    """The day a pupil turns fifteen; whoever is born on 29 February waits for 1 March."""
    year = birth_date.year + AGE_FOR_EMAIL
    try:
        return birth_date.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def may_use_email(birth_date: date, *, on: date) -> bool:
    """Whether e-mail is open to this pupil on that day, a date in Paris."""
    return on >= fifteenth_birthday(birth_date)


def latest_birth(on: date) -> date:
    """The last birth date of those who may use e-mail on that day: `may_use_email`, for a whole school at once."""
    try:
        return on.replace(year=on.year - AGE_FOR_EMAIL)
    except ValueError:
        return date(on.year - AGE_FOR_EMAIL, 2, 28)
