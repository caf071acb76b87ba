"""Rules about people: classes of data, consent, ownership, pseudonyms."""
