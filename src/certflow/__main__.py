"""`python -m certflow` is the `certflow` command."""

import sys

from certflow.cli import main

sys.exit(main())
