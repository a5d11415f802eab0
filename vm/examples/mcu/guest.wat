;; Counts primes with a sieve, reports each thousandth to the host, and returns how many there are.
(module
  (import "host" "report" (func $report (param i32 i32)))
  (memory (export "memory") 1)
  (func $mark (param $prime i32) (param $limit i32)
    (local $n i32)
    (local.set $n (i32.mul (local.get $prime) (local.get $prime)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $n) (local.get $limit)))
        (i32.store8 (local.get $n) (i32.const 1))
        (local.set $n (i32.add (local.get $n) (local.get $prime)))
        (br $next))))
  (func (export "primes") (param $limit i32) (result i32)
    (local $n i32) (local $count i32)
    (local.set $n (i32.const 2))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $n) (local.get $limit)))
        (if (i32.eqz (i32.load8_u (local.get $n)))
          (then
            (local.set $count (i32.add (local.get $count) (i32.const 1)))
            (if (i32.eqz (i32.rem_u (local.get $count) (i32.const 1000)))
              (then (call $report (local.get $count) (local.get $n))))
            (if (i32.lt_u (local.get $n) (i32.const 256))
              (then (call $mark (local.get $n) (local.get $limit))))))
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (br $next)))
    (local.get $count)))
