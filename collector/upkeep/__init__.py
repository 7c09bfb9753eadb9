"""Export, campaigns, back-up, deletion, figures of the whole."""
