"""What is written: files, pictures, videos, and how the windows were left."""
