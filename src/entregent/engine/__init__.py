"""The measures: tables and arrays in, results with their doubt out. No Django, files, clock or network."""
