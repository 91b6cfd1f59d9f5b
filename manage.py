#!/usr/bin/env python
"""Django's command line for this project; where no database is named, it works on the demo's."""

import os
import sys

from pharmacy.run.environment import prepare_command
from pharmacy.run.place import NotRunnable

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pharmacy.settings")
    try:
        prepare_command(sys.argv)
    except NotRunnable as problem:
        sys.exit(str(problem))
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
