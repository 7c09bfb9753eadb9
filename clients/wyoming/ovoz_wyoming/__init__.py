"""Bridge from the Wyoming protocol to an Ovoz service."""
