"""What is sold, where, at what price, and how many there are."""
