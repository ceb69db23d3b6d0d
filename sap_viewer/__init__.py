"""sap-viewer: watch and steer the reconstruction of a scan, in windows or without.

From Python, ``sap_viewer.show(points)`` opens the windows on an array, and ``sap_viewer.render`` writes videos
and pictures without them.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
