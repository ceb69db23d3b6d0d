from .showing import show as show
