#!/usr/bin/env python3
"""Tailors instruction sets to programs and measures them, beside the VM without them and beside other engines.

    tests/bench/tailored.py CORPUS OUT.jsonl [--peers PEERS] [--engines sfnano,wasmi2-eager] [--rows 200] [--common 300] [--reps 3] [PROGRAM…]

CORPUS holds MANIFEST.tsv: name, file and arguments of each program, separated by tabs. For each program a run is recorded
(`hardtack stats --record`), a set of so many rows is made (`hardtack tailor`), and `hardtack-bench` is built with it; one more is built with a
set for all of them together. Then every program runs on every engine, one after the other, repeatedly. PEERS is a program that runs other
engines with the same command line as hardtack-bench. Results go to OUT.jsonl, and a table to standard output.

Everything is built in `target`; the sets are left in `target/tailored`. Runs are pinned to the last core.
"""

import argparse
import json
import math
import os
import pathlib
import shlex
import shutil
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
WORK = TARGET / "tailored"


def manifest(corpus):
    programs = {}
    for line in (corpus / "MANIFEST.tsv").read_text().splitlines():
        if line and not line.startswith("#"):
            name, file, args = (line.split("\t") + ["", ""])[:3]
            programs[name] = (corpus / file, shlex.split(args.replace("{D}", str(corpus))))
    return programs


def build(isa, name):
    env = {**os.environ, **({"HARDTACK_BENCH_ISA": str(isa)} if isa else {})}
    subprocess.run(["cargo", "build", "-q", "--release", "-p", "hardtack-bench"], cwd=ROOT, env=env, check=True)
    return shutil.copy(TARGET / "release/hardtack-bench", WORK / f"bench-{name}")


def record(hardtack, wasm, args, profile):
    """The arguments of a benchmark as those of `hardtack stats`."""
    options, guest, stdin = ["--unknown-imports=zero"], [], None
    words = iter(args)
    for word in words:
        if word == "--dir":
            options += ["--dir", next(words) + "::."]
        elif word == "--stdin":
            stdin = open(next(words), "rb")
        elif word == "--invoke":
            options += ["--invoke", next(words)]
        elif word == "--":
            guest += words
        else:
            guest.append(word)
    command = [hardtack, "stats", *options, "--record", profile, "-o", os.devnull, wasm, "--", *guest]
    ran = subprocess.run(command, stdin=stdin or subprocess.DEVNULL, capture_output=True)
    if ran.returncode != 0:
        sys.exit(f"{wasm}: {ran.stderr.decode(errors='replace')}")


def tailor(hardtack, files, profile, rows, out):
    subprocess.run([hardtack, "tailor", *files, "--profile", profile, "--rows", str(rows), "-o", out], check=True)
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("programs", nargs="*")
    parser.add_argument("--peers")
    parser.add_argument("--engines", default="sfnano,wasmi2-eager")
    parser.add_argument("--rows", type=int, default=200)
    parser.add_argument("--common", type=int, default=300)
    parser.add_argument("--reps", type=int, default=3)
    args = parser.parse_args()
    programs = manifest(args.corpus.resolve())
    names = args.programs or list(programs)
    WORK.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cargo", "build", "-q", "--release", "-p", "hardtack-cli"], cwd=ROOT, check=True)
    hardtack = TARGET / "release/hardtack"

    everything = WORK / "common.profile"
    everything.unlink(missing_ok=True)
    benches = {}
    for name in names:
        wasm, words = programs[name]
        profile = WORK / f"{name}.profile"
        profile.unlink(missing_ok=True)
        record(hardtack, wasm, words, profile)
        record(hardtack, wasm, words, everything)
        isa = tailor(hardtack, [wasm], profile, args.rows, WORK / f"{name}.isa")
        benches[name] = build(isa, name)
    files = sorted({programs[name][0] for name in names})
    common = build(tailor(hardtack, files, everything, args.common, WORK / "common.isa"), "common")
    general = build(None, "general")

    peers = args.engines.split(",") if args.peers else []
    core = max(os.sched_getaffinity(0))
    median = {}
    with open(args.out, "w") as out:
        for name in names:
            wasm, words = programs[name]
            own = {"hardtack": general, "hardtack-own": benches[name], "hardtack-common": common}
            for engine, bench in own.items():
                tack = WORK / f"{name}-{engine}.tack"
                subprocess.run([bench, "compile", "hardtack", wasm, tack], check=True, stdout=subprocess.DEVNULL)
            times = {}
            for rep in range(args.reps):
                for engine in [*peers, *own]:
                    command = [args.peers, "run", engine, wasm]
                    if engine in own:
                        tack = WORK / f"{name}-{engine}.tack"
                        command = [own[engine], "run", "hardtack", tack, "--wasm", wasm]
                    pinned = ["taskset", "-c", str(core), *command, *words]
                    ran = subprocess.run(pinned, capture_output=True, stdin=subprocess.DEVNULL)
                    report = json.loads(ran.stdout.decode().strip().splitlines()[-1])
                    report.update(engine=engine, bench=name, rep=rep, file=wasm.name, wasm_bytes=wasm.stat().st_size)
                    out.write(json.dumps(report) + "\n")
                    times.setdefault(engine, []).append(report["run_ns"] / 1e6)
            median[name] = {engine: statistics.median(values) for engine, values in times.items()}

    mean = lambda a, b: math.exp(sum(math.log(m[a] / m[b]) for m in median.values()) / len(median))
    engines = [*peers, "hardtack", "hardtack-own", "hardtack-common"]
    ratios = [("hardtack-own", "hardtack"), ("hardtack-common", "hardtack"), *(("hardtack-own", peer) for peer in peers)]
    print("| program | " + " | ".join(f"{e}, ms" for e in engines) + " | " + " | ".join(f"{a} / {b}" for a, b in ratios) + " |")
    print("|---|" + "---:|" * (len(engines) + len(ratios)))
    for name, m in median.items():
        print(f"| {name} | " + " | ".join(f"{m[e]:.1f}" for e in engines) + " | " + " | ".join(f"{m[a] / m[b]:.2f}" for a, b in ratios) + " |")
    print("| geometric mean |" + " |" * len(engines) + " " + " | ".join(f"{mean(a, b):.2f}" for a, b in ratios) + " |")


if __name__ == "__main__":
    main()
