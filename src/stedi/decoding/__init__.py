"""What lies in a file or in a text: packings and encodings, one in another, in one list for all who ask.

The search for people, the removal of their lines and the list of who stays away read the same bytes by it.
"""
