from .recording import Recording as Recording
from .rendering import render as render
from .showing import show as show
from .view_options import ViewOptions as ViewOptions
