"""The vocabulary of attendance: codes, mark strings, school days, identity. Pure: no clock, no file, no socket."""
