"""The output of checks in Python: a line of JSON for each subject, and one for each of its checks."""

import json
import traceback


def say_subject(name):
    print(json.dumps({"subject": name}), flush=True)


def say(check, passed, detail):
    print(json.dumps({"check": check, "passed": bool(passed), "detail": detail}), flush=True)


def say_apart(check, difference, tolerance):
    say(check, difference <= tolerance, f"{difference:.1e}")  # False of NaN


def say_all(name, check, *arguments):
    """Runs a subject's checks. An exception counts as a failed check."""
    say_subject(name)
    try:
        check(*arguments)
    except Exception:
        say("runs", False, traceback.format_exc())
