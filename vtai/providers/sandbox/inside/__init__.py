"""What runs inside the sandbox. Only the standard library and siblings are imported at module level."""
