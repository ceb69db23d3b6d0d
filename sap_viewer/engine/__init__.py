"""The engine: turns commands into a running reconstruction, and its state into snapshots. A process of its own."""
