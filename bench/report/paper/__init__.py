"""What an author needs to cite a run: tables, figures, numbers as macros, methods, sources, data, checksums.

``bundle`` puts the files together; each other module makes one kind of them.
"""
