"""What every test needs: modules that tests share are found by their plain names."""

import signal
import sys
from pathlib import Path

HERE = Path(__file__).parent
for folder in ("properties", "scenarios", "scenarios/commands", "clients", "proof"):
    sys.path.insert(0, str(HERE / folder))

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell makes what it puts into the background deaf to Ctrl-C, and so would be all commands under test.
    signal.signal(signal.SIGINT, signal.default_int_handler)
