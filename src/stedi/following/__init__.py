"""Following a landing zone: a run for every batch of files that landed, until it is stopped."""
