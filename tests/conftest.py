"""What every test needs: modules that tests share are found by their plain names."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
for folder in ("properties", "scenarios"):
    sys.path.insert(0, str(HERE / folder))
