"""Can you write it yourself? Exercises, their checks and the loop around.

tests/exercises/*.py ──▶ format ──▶ blanks ──▶ practice/NN_slug/name.py
                                                    │ saved
screen ◀── judge ◀── warden ◀── trial ◀─────────────┘
"""
