"""The ``bench`` command: one short file a command, each parses, calls the other rooms and prints.

A command's file offers ``configure(parser)`` and ``main(arguments) -> exit code``, and imports other rooms inside its
functions only, so that ``--help`` and a misspelt option answer at once.
"""
