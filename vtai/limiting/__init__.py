"""How much may be used: limits of requests, tokens and money, and what remembers answers."""
