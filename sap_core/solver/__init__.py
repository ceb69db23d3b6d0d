"""From oriented points to the field and its surface, differentiably, and back."""
