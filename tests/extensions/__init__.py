"""Packages that extend VT.ai, built and installed as anybody would."""
