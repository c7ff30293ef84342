"""The receiving ends of the demonstration, as strict as a real one should be: an authority, a mail server, a folder."""
