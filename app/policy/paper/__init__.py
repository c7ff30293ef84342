"""A policy rendered back as the paper a head teacher signs."""
