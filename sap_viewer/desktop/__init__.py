"""The windows: Polyscope in the main process, DearPyGui in a process of its own."""
