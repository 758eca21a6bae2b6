"""Every option and where its value came from: `options` says which there are, `loading` reads them."""

from __future__ import annotations

from vtai.settings.loading import Loaded, config_dir, data_dir, load
from vtai.settings.options import PREFIX, Settings

__all__ = ["PREFIX", "Loaded", "Settings", "config_dir", "data_dir", "load"]
