#!/usr/bin/env python3
"""Stands in for Grafana where none can be had: reads its settings as Grafana does, notes what it was told, answers that it is well."""

import configparser
import http.server
import json
import os
import re
import sys
from pathlib import Path

if sys.argv[1:] == ["--version"]:
    print("grafana version 12.3.0")
    sys.exit()

options = dict(argument.removeprefix("--").split("=", 1) for argument in sys.argv[1:] if "=" in argument)
settings = configparser.ConfigParser(interpolation=None)
settings.read_string(Path(options["config"]).read_text(encoding="utf-8"))
server, paths = settings["server"], settings["paths"]


def expanded(value: str) -> str:
    return re.sub(r"\$__env\{(\w+)\}", lambda name: os.environ[name[1]], value)


told = {
    "arguments": sys.argv[1:],
    "environment": {name: value for name, value in os.environ.items() if name.startswith(("GF_", "VITRINE_"))},
    "provisioning": expanded(paths["provisioning"]),
    "home_dashboard": expanded(settings["dashboards"]["default_home_dashboard_path"]),
}
Path(os.environ["GF_PATHS_DATA"], "told.json").write_text(json.dumps(told), encoding="utf-8")
print("the stand-in listens", flush=True)


class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/api/health" else 404)
        self.end_headers()


http.server.HTTPServer((server["http_addr"], server.getint("http_port")), Health).serve_forever()
