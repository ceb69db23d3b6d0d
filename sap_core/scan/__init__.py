"""What a scan tells by itself: outliers, spacing, noise, samples, and which side its surface faces."""
