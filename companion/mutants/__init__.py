"""What does each line do for the promises? Break it, and see."""
