#!/usr/bin/env python3
"""Puts measured results into docs/measurements.md and draws docs/measurements.svg.

    tests/bench/measurements.py tests/bench/results/DATE.jsonl

Each line of the results is what an engine's binary printed for one run (see tests/bench/src/main.rs), with the fields `bench`,
`engine`, `rep` and `wasm_bytes` added.
"""
import collections
import json
import math
import pathlib
import statistics
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BEGIN, END = "<!-- measured: begin -->\n", "<!-- measured: end -->\n"
COLOURS = {"sfnano": "#b45309", "wasmi2-eager": "#2563eb", "hardtack": "#15803d"}


def geometric_mean(values):
    return math.exp(sum(map(math.log, values)) / len(values))


def read(path):
    runs = collections.defaultdict(list)
    for line in open(path):
        run = json.loads(line)
        if run["exit"] == 0:
            runs[run["bench"], run["engine"]].append(run)
    benches = list(dict.fromkeys(bench for bench, _ in runs))
    engines = list(dict.fromkeys(engine for _, engine in runs))
    # Programs that every engine ran, long enough to be measured.
    median = lambda bench, engine, key: statistics.median(run[key] for run in runs[bench, engine])
    benches = [b for b in benches if all((b, e) in runs for e in engines) and median(b, "hardtack", "run_ns") > 1e6]
    return runs, benches, engines, median


def table(runs, benches, engines, median):
    others = [e for e in engines if e != "hardtack"]
    lines = ["| program | " + " | ".join(f"{e}, ms" for e in engines) + " | " + " | ".join(f"hardtack / {e}" for e in others) + " | file / wasm |"]
    lines.append("|---|" + "---:|" * (len(engines) + len(others) + 1))
    for b in benches:
        times = {e: median(b, e, "run_ns") / 1e6 for e in engines}
        file = runs[b, "hardtack"][0]
        cells = [f"{times[e]:.1f}" for e in engines] + [f"{times['hardtack'] / times[e]:.2f}" for e in others]
        lines.append(f"| {b} | " + " | ".join(cells) + f" | {file['in_bytes'] / file['wasm_bytes']:.2f} |")
    means = [geometric_mean([median(b, "hardtack", "run_ns") / median(b, e, "run_ns") for b in benches]) for e in others]
    files = [runs[b, "hardtack"][0] for b in benches]
    size = geometric_mean([file["in_bytes"] / file["wasm_bytes"] for file in files])
    lines.append("| geometric mean |" + " |" * len(engines) + " " + " | ".join(f"{m:.2f}" for m in means) + f" | {size:.2f} |")
    return "\n".join(lines) + "\n"


def chart(benches, engines, median):
    others = [e for e in engines if e != "hardtack"]
    left, width, row, top = 130, 560, 18, 46
    low, high = 0.25, 4.0
    x = lambda ratio: left + width * (math.log(min(max(ratio, low), high)) - math.log(low)) / (math.log(high) - math.log(low))
    height = top + row * len(benches) + 14
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 20}" height="{height}" font-family="sans-serif" font-size="11">']
    out.append(f'<rect width="100%" height="100%" fill="white"/><text x="{left}" y="14">Run time of other interpreters / run time of Hardtack (right of 1: Hardtack is faster)</text>')
    for n, e in enumerate(others):
        out.append(f'<circle cx="{left + 6 + 120 * n}" cy="27" r="4" fill="{COLOURS.get(e, "#555")}"/><text x="{left + 14 + 120 * n}" y="31">{e}</text>')
    for tick in (0.25, 0.5, 1, 2, 4):
        stroke = "#000" if tick == 1 else "#ccc"
        out.append(f'<line x1="{x(tick):.1f}" x2="{x(tick):.1f}" y1="{top - 8}" y2="{height - 12}" stroke="{stroke}"/><text x="{x(tick):.1f}" y="{height - 2}" text-anchor="middle">{tick:g}</text>')
    for n, b in enumerate(benches):
        y = top + row * n + 6
        out.append(f'<text x="{left - 8}" y="{y + 4}" text-anchor="end">{b}</text>')
        for e in others:
            ratio = median(b, e, "run_ns") / median(b, "hardtack", "run_ns")
            out.append(f'<circle cx="{x(ratio):.1f}" cy="{y}" r="4" fill="{COLOURS.get(e, "#555")}"><title>{b}, {e}: {ratio:.2f}</title></circle>')
    return "\n".join(out + ["</svg>"]) + "\n"


def main():
    runs, benches, engines, median = read(sys.argv[1])
    page = ROOT / "docs" / "measurements.md"
    text = page.read_text()
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    page.write_text(before + BEGIN + table(runs, benches, engines, median) + END + after)
    (ROOT / "docs" / "measurements.svg").write_text(chart(benches, engines, median))


main()
