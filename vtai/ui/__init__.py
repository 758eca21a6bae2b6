"""The chat page. Chainlit is imported here and nowhere else."""
