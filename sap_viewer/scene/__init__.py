"""What is drawn: from a snapshot and the view options to layers, colours and lines, for whatever renders them."""
