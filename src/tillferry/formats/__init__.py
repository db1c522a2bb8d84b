"""Files that closings and letters travel in: DSFinV-K exports, bundles, signed documents."""
