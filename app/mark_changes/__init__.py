"""Changes of marks: an N that stands too long is proposed as O, approved by a person, and written if that is wanted."""
