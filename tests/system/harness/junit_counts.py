"""Sums up a junit report: prints `passed failed skipped`, appends names to two files.

usage: junit_counts.py NAME REPORT FAILURES SKIPS
"""
import sys
import xml.etree.ElementTree


def outcome(case):
    """("failed" | "skipped" | "passed", reason) of one test case."""
    for kind, result in (("failure", "failed"), ("error", "failed"), ("skipped", "skipped")):
        found = case.find(kind)
        if found is not None:
            return result, (found.get("message") or "").strip().splitlines()[:1]
    return "passed", []


def main(name, report, failures, skips):
    results = {}  # a test that fails and then fails to tear down is one test
    for case in xml.etree.ElementTree.parse(report).iter("testcase"):
        key = f"{case.get('classname')}.{case.get('name')}"
        result, reason = outcome(case)
        if results.get(key, ("",))[0] != "failed":
            results[key] = (result, reason[0] if reason else "")
    for kind, path in (("failed", failures), ("skipped", skips)):
        with open(path, "a") as out:
            for key, (result, reason) in results.items():
                if result == kind:
                    out.write(f"{name}: {key}: {reason}\n")
    kinds = [result for result, _ in results.values()]
    print(*(kinds.count(kind) for kind in ("passed", "failed", "skipped")))


if __name__ == "__main__":
    main(*sys.argv[1:])
