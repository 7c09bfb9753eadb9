"""Audio: decoding, quality measures, voice activity, augmentation."""
