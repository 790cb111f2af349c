"""The tools around the text: they may import it, never the reverse."""
