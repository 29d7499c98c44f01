"""Price lists as files: tables of prices read into rules with every error by row, and rules written as a table."""
