"""Pure functions from data frames to verdicts: intervals, ratios, crossovers, shares, quality. No files, no torch."""
