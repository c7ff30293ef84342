"""The operator's folder and what ships beside it: read whole, checked whole, before anything of it is used."""
