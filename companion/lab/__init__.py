"""The notebooks: what they import, how they are run, and their pages."""
