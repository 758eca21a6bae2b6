"""Reads pages of the open web: what the site allows, the words without what is around or hidden in them."""
