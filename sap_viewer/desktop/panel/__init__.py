"""The panel process: a DearPyGui window that shows a ``PanelState`` and answers with ``Action``s.

Run as ``python -m sap_viewer.desktop.panel FD``. The modules of this package alone import dearpygui, and
only this process imports them.
"""

EXIT_WITHOUT_DISPLAY = 3  # exit code of the process: no window can be opened here
