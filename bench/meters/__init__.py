"""Meters: time, memory, FLOPs and numerical error of one call; one file each, and one for what differs between devices.

Importing this package imports no torch; each meter imports it when it is first used.
"""
