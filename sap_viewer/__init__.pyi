from .output.recording import Recording as Recording
from .rendering import render as render
from .scene.view_options import ViewOptions as ViewOptions
from .showing import show as show
