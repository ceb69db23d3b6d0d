"""How much of the system's memory there is for a run: what other programs, containers and limits leave to it."""

import sys
from collections.abc import Iterator
from pathlib import Path

import psutil


def available_memory() -> int:
    """Bytes that this process may come to hold, those that it holds already included."""
    process = psutil.Process()
    held = process.memory_info()
    free = [psutil.virtual_memory().available]
    if sys.platform == "linux":
        free += free_in_groups(Path("/"))
        limit, _ = process.rlimit(psutil.RLIMIT_AS)
        if limit != psutil.RLIM_INFINITY:
            free.append(limit - held.vms)
    return held.rss + max(0, min(free))


def free_in_groups(root: Path) -> Iterator[int]:
    """Bytes that are left to the control groups of this process: its own and those around it, where they are limited.

    A container is such a group, and what is free in the system says nothing of its limit. Memory with contents of
    files counts as free, since the kernel gives it away when it is needed.

    Args:
        root: of the file system.
    """
    listing = root / "proc/self/cgroup"
    for line in listing.read_text().splitlines() if listing.exists() else ():
        _, controllers, path = line.split(":", 2)
        if controllers == "memory":
            tree, names = root / "sys/fs/cgroup/memory", ("memory.limit_in_bytes", "memory.usage_in_bytes")
        elif not controllers:
            tree, names = root / "sys/fs/cgroup", ("memory.max", "memory.current")
        else:
            continue
        group = tree / path.lstrip("/")
        for folder in (group, *group.parents):  # within a container only the tree itself is there
            if folder.is_relative_to(tree) and (folder / names[0]).exists():
                limit, used = ((folder / name).read_text().strip() for name in names)
                if limit != "max":
                    yield int(limit) - int(used) + _of_files(folder / "memory.stat")


def _of_files(statistics: Path) -> int:
    counts = dict(line.split() for line in statistics.read_text().splitlines())
    return int(counts.get("total_inactive_file", counts["inactive_file"]))
