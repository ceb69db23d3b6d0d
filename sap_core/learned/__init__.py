"""Reconstruction in one pass: a network gives oriented points, the Poisson layer a surface (Peng et al. 2021)."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
