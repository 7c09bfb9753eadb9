"""The model artifact: one directory that is registered, imported and served."""
