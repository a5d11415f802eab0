#!/usr/bin/env python3
"""Counts what each fused row of the instruction table saves, program by program, and writes docs/rows.md.

    tests/bench/rows.py CORPUS [PROGRAM…]

CORPUS holds MANIFEST.tsv: name, file and arguments of each program, separated by tabs. `hardtack-bench` is built with the feature
`count`; each program is compiled and run with it once. What a row says is taken from format-spec/SPEC.md. A row saves as many dispatches
each time as it has operators beyond one, for each operator has a row of its own.
"""

import collections
import os
import pathlib
import re
import subprocess
import sys

from tailored import ROOT, TARGET, manifest

# A share of a program's dispatches below which a row does nothing for it, in percent.
WORTH = 0.1


def fused():
    """What each fused row does, and the dispatches that it saves."""
    rows = {}
    for line in (ROOT / "format-spec/SPEC.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if len(cells) < 5 or not re.fullmatch(r"\| `\w+`|`\w+`", cells[0]):
            continue
        name, does = cells[0].strip("`| "), cells[3].strip("`")
        # Branches are operators, too; what `if copy(a) goto to` copies is not.
        operators = len(re.findall(r"\w+\(", does)) - does.count("if copy(") + does.count("goto ")
        if operators > 1 and "see above" not in does:
            rows[name] = (does, operators - 1)
    return rows


def counts(bench, file, args):
    """How often each row was executed."""
    work = TARGET / "rows"
    work.mkdir(parents=True, exist_ok=True)
    tack, text = work / "a.tack", work / "counts.txt"
    text.unlink(missing_ok=True)
    subprocess.run([bench, "compile", "hardtack", file, tack], check=True, stdout=subprocess.DEVNULL)
    env = {**os.environ, "HARDTACK_COUNTS": str(text)}
    subprocess.run([bench, "run", "hardtack", tack, "--wasm", file, *args], env=env, check=True, stdout=subprocess.DEVNULL)
    found = collections.Counter()
    for line in text.read_text().splitlines():
        if line:
            count, _, name, _ = line.split("\t")
            found[name.partition(".")[0]] += int(count)
    return found


def main():
    corpus, only = pathlib.Path(sys.argv[1]), sys.argv[2:]
    build = ["cargo", "build", "-q", "--release", "-p", "hardtack-bench", "--features", "count"]
    subprocess.run(build, cwd=ROOT, check=True)
    rows, programs, saved = fused(), [], collections.defaultdict(dict)
    for name, (file, args) in manifest(corpus).items():
        if only and name not in only:
            continue
        found = counts(TARGET / "release/hardtack-bench", file, args)
        saves = {row: count * rows[row][1] for row, count in found.items() if row in rows}
        without = found.total() + sum(saves.values())
        programs.append((name, 100 * found.total() / without))
        for row, dispatches in saves.items():
            saved[row][name] = 100 * dispatches / without
    worth = {row: sorted((p for p in of.items() if p[1] >= WORTH), key=lambda p: -p[1]) for row, of in saved.items()}
    several = sorted((row for row in worth if len(worth[row]) > 1), key=lambda row: -sum(p[1] for p in worth[row]))
    one = sorted(row for row in worth if len(worth[row]) == 1)
    none = sorted(row for row in rows if not worth.get(row))

    out = ["# What fused instructions save", ""]
    out += [
        f"Dispatches that each fused row of the table saves, in percent of those that a program would have without any: a row saves one for each operator but the first. Of {len(programs)} programs,",
        f"each run once; shares below {WORTH} % count for nothing. Made by `tests/bench/rows.py`; what a saved dispatch is worth in time is in",
        "[measurements](measurements.md).",
        "",
        "Dispatches left by all of them: " + ", ".join(f"{name} {left:.0f} %" for name, left in programs) + ".",
        "",
        f"## For several programs: {len(several)} rows",
        "",
        "| row | does | programs | most |",
        "|---|---|---:|---|",
    ]
    for row in several:
        most = ", ".join(f"{name} {share:.1f}" for name, share in worth[row][:3])
        out.append(f"| `{row}` | `{rows[row][0]}` | {len(worth[row])} | {most} |")
    out += ["", f"## For one of them: {len(one)} rows", "", "| row | does | program |", "|---|---|---|"]
    out += [f"| `{row}` | `{rows[row][0]}` | {worth[row][0][0]} {worth[row][0][1]:.1f} |" for row in one]
    out += [
        "",
        f"## For none of them: {len(none)} rows",
        "",
        "They came with families of rows whose other members are used, or from programs that aren't among these. An application can do without them: see `hardtack tailor --prune`.",
        "",
        ", ".join(f"`{row}`" for row in none) + ".",
        "",
    ]
    (ROOT / "docs/rows.md").write_text("\n".join(out))


if __name__ == "__main__":
    main()
