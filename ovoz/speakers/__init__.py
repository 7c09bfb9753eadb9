"""Who speaks when: speaker embeddings, clustering, and words with their speakers."""
