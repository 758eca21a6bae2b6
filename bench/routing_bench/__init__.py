"""What `bench/routing.py` is made of: reading, measuring, noise, baselines, cost and printing."""
