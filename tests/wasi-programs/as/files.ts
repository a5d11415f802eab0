// AssemblyScript: process, console, Date through the shim, and files through its bindings.
import {
  errno,
  errnoToString,
  fd_close,
  fd_read,
  fd_write,
  fdflags,
  lookupflags,
  oflags,
  path_open,
  path_unlink_file,
  rights,
} from "../node_modules/@assemblyscript/wasi-shim/assembly/bindings/wasi_snapshot_preview1";

const cell = memory.data(16);
const buffer = memory.data(256);

function check(what: string, error: errno): void {
  if (error == errno.SUCCESS) return;
  console.log(what + ": " + errnoToString(error));
  process.exit(1);
}

/** Opens a path below the first directory that is given. */
function open(path: string, flags: oflags, allowed: rights): u32 {
  const bytes = String.UTF8.encode(path);
  check(
    path,
    path_open(3, lookupflags.SYMLINK_FOLLOW, changetype<usize>(bytes), bytes.byteLength, flags, allowed, 0, 0, cell),
  );
  return load<u32>(cell);
}

for (let i = 1; i < process.argv.length; i++) console.log("argument " + i.toString() + ": " + process.argv[i]);
console.log("GREETING: " + (process.env.has("GREETING") ? process.env.get("GREETING") : "(none)"));

let file = open("as.txt", oflags.CREAT | oflags.TRUNC, rights.FD_WRITE);
const text = String.UTF8.encode("written by AssemblyScript");
store<u32>(cell, <u32>changetype<usize>(text));
store<u32>(cell, text.byteLength, 4);
check("fd_write", fd_write(file, cell, 1, cell + 8));
check("fd_close", fd_close(file));

file = open("as.txt", 0, rights.FD_READ);
store<u32>(cell, <u32>buffer);
store<u32>(cell, 256, 4);
check("fd_read", fd_read(file, cell, 1, cell + 8));
check("fd_close", fd_close(file));
console.log("read: " + String.UTF8.decodeUnsafe(buffer, load<u32>(cell, 8)));

const name = String.UTF8.encode("as.txt");
check("path_unlink_file", path_unlink_file(3, changetype<usize>(name), name.byteLength));
console.log("time: " + (Date.now() > 900000000000 ? "plausible" : "wrong"));

const counts = new Map<string, i32>();
const words = "a rose is a rose is a rose".split(" ");
for (let i = 0; i < words.length; i++) {
  counts.set(words[i], counts.has(words[i]) ? counts.get(words[i]) + 1 : 1);
}
const keys = counts.keys().sort();
for (let i = 0; i < keys.length; i++) console.log(keys[i] + " " + counts.get(keys[i]).toString());
console.error("done");
process.exit(5);
