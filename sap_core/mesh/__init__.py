"""What is made of a mesh, and what is measured of it."""
