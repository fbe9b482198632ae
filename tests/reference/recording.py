"""How the other scripts write their records: one record a line, so that a changed value shows as a changed line."""

import json
import pathlib


def write(script, tables):
    lines = []
    for name, records in tables.items():
        rows = ",\n".join("  " + json.dumps(record) for record in records)
        lines.append(f'"{name}": [\n{rows}\n]')
    pathlib.Path(script).with_suffix(".json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
