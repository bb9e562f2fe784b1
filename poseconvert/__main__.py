"""``python -m poseconvert``."""

from poseconvert.cli import main

if __name__ == "__main__":
    main()
