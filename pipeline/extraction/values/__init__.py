"""Typed values in running text: dates, amounts, durations, identifiers, yes and no."""
