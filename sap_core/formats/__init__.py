"""The file formats that ``sap_core.io`` reads and writes, one module for each family."""
