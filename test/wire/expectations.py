"""One answer for both servers, or one for each where Slipway differs on purpose, with the reason. The first argument of a script names the server."""

import sys
import traceback

SERVERS = {"slipway", "feast", "mlserver"}
UNSTATED = object()
target = sys.argv[1]
passed = 0
left_out = 0
failed: list[str] = []


def show(value) -> str:
    """Types count: 1, 1.0 and True are three answers."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {show(value[k])}" for k in sorted(value)) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(show(v) for v in value) + "]"
    return repr(value)


def check(name: str, ask, both=UNSTATED, why: str = "", **answers):
    """`both`, or one by the name of a server, such as `slipway`; a server without one is not asked. An answer may be a function that says whether it is met."""
    global passed, left_out
    if not set(answers) <= SERVERS:
        raise TypeError(f"{name}: there is no server {', '.join(set(answers) - SERVERS)}")
    expected = both if both is not UNSTATED else answers.get(target, UNSTATED)
    if expected is UNSTATED:
        left_out += 1
        return
    try:
        found = ask()
    except Exception as error:  # a check that breaks is a failed check
        found = f"broke: {type(error).__name__}: {error}"
        if "-v" in sys.argv:
            traceback.print_exc()
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


def end(complete: bool = False):
    """`complete`: every check states what this server answers."""
    print(f"{target}: {passed} as stated, {len(failed)} not" + (f", {left_out} without an answer for it" if complete and left_out else ""))
    sys.exit(1 if failed or passed == 0 or (complete and left_out) else 0)
