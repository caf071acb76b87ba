"""A lake: where its parts are, and what is fixed when it is created."""
