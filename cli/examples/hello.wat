;; Says hello and prints the primes below 100, or below a number given as argument (at most 10,000).
;;
;;   hardtack run cli/examples/hello.wat
;;   hardtack run cli/examples/hello.wat -- 1000
;;   hardtack run cli/examples/hello.wat --invoke primes 10000 0
(module
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get"
    (func $args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get"
    (func $args_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit"
    (func $proc_exit (param i32)))

  ;; Where things are: 0 a ciovec (address, length) and the number of bytes written; 16 sizes of the arguments; 64 text;
  ;; 16384 characters of the arguments, 24576 their addresses; 32768 the sieve.
  (memory (export "memory") 1)
  (data $greeting "Hello from Hardtack! The primes below ")
  (data $tail " primes\n")

  (global $cursor (mut i32) (i32.const 64))

  ;; Appends a byte to the text.
  (func $put (param $byte i32)
    (i32.store8 (global.get $cursor) (local.get $byte))
    (global.set $cursor (i32.add (global.get $cursor) (i32.const 1))))

  ;; Appends a number in decimal.
  (func $put_number (param $n i32)
    (if (i32.ge_u (local.get $n) (i32.const 10))
      (then (call $put_number (i32.div_u (local.get $n) (i32.const 10)))))
    (call $put (i32.add (i32.const 48) (i32.rem_u (local.get $n) (i32.const 10)))))

  ;; Writes the text to standard output, all of it.
  (func $flush
    (local $from i32)
    (local.set $from (i32.const 64))
    (loop $more
      (i32.store (i32.const 0) (local.get $from))
      (i32.store (i32.const 4) (i32.sub (global.get $cursor) (local.get $from)))
      (if (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))
        (then (call $proc_exit (i32.const 1)) (unreachable)))
      (local.set $from (i32.add (local.get $from) (i32.load (i32.const 8))))
      (br_if $more (i32.lt_u (local.get $from) (global.get $cursor))))
    (global.set $cursor (i32.const 64)))

  ;; How far to look: what the first argument says, or 100; at most 10,000.
  (func $limit (result i32)
    (local $at i32)
    (local $digit i32)
    (local $limit i32)
    (drop (call $args_sizes_get (i32.const 16) (i32.const 20)))
    (if (i32.or (i32.lt_u (i32.load (i32.const 16)) (i32.const 2))
                (i32.or (i32.gt_u (i32.load (i32.const 16)) (i32.const 2048))
                        (i32.gt_u (i32.load (i32.const 20)) (i32.const 8192))))
      (then (return (i32.const 100))))
    (drop (call $args_get (i32.const 24576) (i32.const 16384)))
    (local.set $at (i32.load (i32.const 24580)))
    (block $end
      (loop $next
        (local.set $digit (i32.sub (i32.load8_u (local.get $at)) (i32.const 48)))
        (br_if $end (i32.gt_u (local.get $digit) (i32.const 9)))
        (local.set $limit (i32.add (i32.mul (local.get $limit) (i32.const 10)) (local.get $digit)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br_if $next (i32.lt_u (local.get $limit) (i32.const 10000)))))
    (select (local.get $limit) (i32.const 10000) (i32.lt_u (local.get $limit) (i32.const 10000))))

  ;; The number of primes below a limit of at most 10,000; with $print they are appended to the text.
  (func $primes (export "primes") (param $limit i32) (param $print i32) (result i32)
    (local $n i32)
    (local $multiple i32)
    (local $count i32)
    (if (i32.gt_u (local.get $limit) (i32.const 10000)) (then (unreachable)))
    (memory.fill (i32.const 32768) (i32.const 0) (i32.const 10000))
    (local.set $n (i32.const 2))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $n) (local.get $limit)))
        (if (i32.eqz (i32.load8_u offset=32768 (local.get $n)))
          (then
            (local.set $count (i32.add (local.get $count) (i32.const 1)))
            (if (local.get $print)
              (then
                (call $put (i32.const 32))
                (call $put_number (local.get $n))))
            (local.set $multiple (i32.mul (local.get $n) (local.get $n)))
            (block $crossed
              (loop $cross
                (br_if $crossed (i32.ge_u (local.get $multiple) (local.get $limit)))
                (i32.store8 offset=32768 (local.get $multiple) (i32.const 1))
                (local.set $multiple (i32.add (local.get $multiple) (local.get $n)))
                (br $cross)))))
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (br $next)))
    (local.get $count))

  (func $main (export "_start")
    (local $limit i32)
    (local $count i32)
    (local.set $limit (call $limit))
    (memory.init $greeting (global.get $cursor) (i32.const 0) (i32.const 38))
    (global.set $cursor (i32.add (global.get $cursor) (i32.const 38)))
    (call $put_number (local.get $limit))
    (call $put (i32.const 58))
    (local.set $count (call $primes (local.get $limit) (i32.const 1)))
    (call $put (i32.const 10))
    (call $put_number (local.get $count))
    (memory.init $tail (global.get $cursor) (i32.const 0) (i32.const 8))
    (global.set $cursor (i32.add (global.get $cursor) (i32.const 8)))
    (call $flush)))
