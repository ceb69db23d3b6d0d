"""Every control of the real panel has a tooltip; one with a range names it with its unit."""

import json
import subprocess
import sys

from sap_core.config import Parameters
from sap_viewer.controls import controls_of, written
from sap_viewer.scene.view_options import ViewOptions


def test_every_control_says_what_it_means(display: dict[str, str]) -> None:
    done = subprocess.run([sys.executable, "-m", "tests.tooltips"], capture_output=True, text=True, check=True)
    rows = json.loads(done.stdout)
    assert len(rows) > 40
    assert [(tag, label) for tag, label, text in rows if len(text) < 10] == []

    texts = {tag: text for tag, _, text in rows}
    for control in (*controls_of(Parameters), *controls_of(ViewOptions)):
        assert control.hint in texts[control.name]
        if control.span is not None:
            ends = control.span.choices or (control.span.low, control.span.high)
            assert written(ends[0]) in texts[control.name]
            assert written(ends[-1]) in texts[control.name]
            assert control.span.unit in texts[control.name]
