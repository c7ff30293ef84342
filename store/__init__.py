"""The one database: registers, roll, cases, tasks, messages, runs and publications, in one SQLite file.

All SQL of the project is here and nothing else is: what a row means is decided outside. Repositories take and
give plain rows. Every write happens inside ``Store.transaction()``, so the caller decides what commits together.
"""
