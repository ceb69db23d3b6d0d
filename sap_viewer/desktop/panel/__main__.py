"""The panel process: ``python -m sap_viewer.desktop.panel FD``, started by the main process."""

import sys

from sap_viewer.desktop.greeting import PanelImpossible, PanelReady, PlacePanel
from sap_viewer.desktop.panel import EXIT_WITHOUT_DISPLAY
from sap_viewer.desktop.panel.screen import NoDisplayError, usable_screen
from sap_viewer.process import channel_to_parent


def main() -> int:
    """Tell of the screen at once, which the main process waits for; then load what the panel shows, and serve it."""
    channel = channel_to_parent()
    try:
        with usable_screen() as screen:
            channel.send(PanelReady(screen.size, screen.scale))
            from sap_viewer.desktop.panel.serving import serve  # noqa: PLC0415  as said above

            place: PlacePanel = channel.receive()  # the other window is open now
        serve(place, channel)
    except NoDisplayError as error:
        channel.send(PanelImpossible(str(error)))
        return EXIT_WITHOUT_DISPLAY
    except (EOFError, ConnectionError):
        pass  # the main process is gone, and the panel goes with it
    return 0


if __name__ == "__main__":
    sys.exit(main())
