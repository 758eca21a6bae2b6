"""Files as people really have them, made by other libraries than those that read them, with facts to find."""
