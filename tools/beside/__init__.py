"""What `tools/coexistence.py` is made of: the other vendors, the program that runs beside them, and the judge."""
