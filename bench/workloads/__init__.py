"""The things measured: a library worth importing by itself. Nothing here knows of suites, runners or storage."""
