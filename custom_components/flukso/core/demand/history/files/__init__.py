"""Windows from files: exports of grid companies, tables, rows."""
