"""The comment grammar: what its lint finds, its figures, its names."""
