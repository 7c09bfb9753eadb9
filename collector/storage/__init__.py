"""Where the audio of the clips lies: a folder, or a bucket of S3."""
