#!/usr/bin/env python
"""For habit: `python manage.py …` is `preau …`."""

from preau.__main__ import main

if __name__ == "__main__":
    raise SystemExit(main())
