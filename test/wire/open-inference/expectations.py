"""One answer for both servers, or one for each where Slipway differs on purpose, with the reason."""

import sys

BOTH = object()
target = sys.argv[1]
passed = 0
failed: list[str] = []


def show(value) -> str:
    """Types count: 1, 1.0 and True are three answers."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {show(value[k])}" for k in sorted(value)) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(show(v) for v in value) + "]"
    return repr(value)


def check(name: str, ask, both=BOTH, mlserver=BOTH, slipway=BOTH, why: str = ""):
    global passed
    expected = both if both is not BOTH else (mlserver if target == "mlserver" else slipway)
    if expected is BOTH:
        return
    try:
        found = ask()
    except Exception as error:  # a check that breaks is a failed check
        found = f"broke: {type(error).__name__}: {error}"
    if callable(expected):
        good = expected(found) is True
    else:
        good = show(found) == show(expected)
    if good:
        passed += 1
        print(f"  ok    {name}" + (f" ({why})" if why and target == "slipway" else ""))
    else:
        failed.append(name)
        print(f"  FAIL  {name}\n        expected {'something else' if callable(expected) else show(expected)}\n        found    {show(found)[:600]}")


def section(title: str):
    print(f"\n{title}")


def end():
    print(f"{passed} as stated, {len(failed)} not")
    sys.exit(1 if failed or passed == 0 else 0)
