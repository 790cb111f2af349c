"""CPython's own tests, on the original and on the mini, compared."""
