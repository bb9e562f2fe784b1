"""The conversion folder: manifest, goldens, hashes, atomic writing."""
