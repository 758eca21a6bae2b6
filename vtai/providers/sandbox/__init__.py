"""Where code runs that nobody has read: engines, sessions, and the walls around them."""
