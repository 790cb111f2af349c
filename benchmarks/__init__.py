"""The ratios: the text against the original, side by side in one run."""
