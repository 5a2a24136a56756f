"""Reads dashboards with Grafana's Foundation SDK and writes what it made of each, as one JSON object by path.

What it does not know it leaves out, so whatever is missing from the answer is misspelt or belongs elsewhere.
"""

import json
import sys
from pathlib import Path

from grafana_foundation_sdk.cog import encoder, plugins, runtime
from grafana_foundation_sdk.models.dashboard import Dashboard, DataTransformerConfig


def again(path: str) -> object:
    dashboard = Dashboard.from_json(json.loads(Path(path).read_text(encoding="utf-8")))
    for panel in dashboard.panels or []:
        # The SDK hands these on as they are; their own class does not.
        if getattr(panel, "transformations", None):
            panel.transformations = [DataTransformerConfig.from_json(one) for one in panel.transformations]
    return json.loads(encoder.JSONEncoder().encode(dashboard))


plugins.register_default_plugins()
kinds = sorted(["row", *runtime.Runtime().panelcfg_variants])
json.dump({"kinds": kinds, "again": {path: again(path) for path in sys.argv[1:]}}, sys.stdout)
