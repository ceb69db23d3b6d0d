"""Shape As Points: a scan of points in, a watertight mesh out. Knows no window, no command line and no process.

The public names are in ``__init__.pyi`` and load on first use, so that a front end which needs only the
settings does not wait for torch.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
