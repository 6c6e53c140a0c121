"""Statements and reports: a line's figures under the periods of their columns, with unit and currency."""
