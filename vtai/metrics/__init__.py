"""Counts, traces and writes down what happens to turns."""

from __future__ import annotations

from vtai.metrics.incidents import Incident, Incidents
from vtai.metrics.measured import MeasuredChat
from vtai.metrics.numbers import CONTENT_TYPE, Metrics

__all__ = ["CONTENT_TYPE", "Incident", "Incidents", "MeasuredChat", "Metrics"]
