;; A loop in a loop, with a load, a store and a branch out of the middle.
(module
    (memory (export "memory") 1)
    (func $mix (param $n i32) (param $limit i32) (result i32) (local $total i32)
        (block $done
            (loop $next
                (local.set $total
                    (i32.xor (i32.mul (local.get $total) (i32.const 31)) (i32.load (local.get $n))))
                (br_if $done (i32.eq (local.get $n) (local.get $limit)))
                (i32.store (i32.add (local.get $n) (i32.const 256)) (local.get $total))
                (local.set $n (i32.sub (local.get $n) (i32.const 4)))
                (br_if $next (local.get $n)))
            ;; So that counts tell which of the branches left the loop.
            (local.set $total (i32.add (local.get $total) (i32.const 7))))
        (local.get $total))
    (func (export "run") (param $n i32) (result i32) (local $total i32)
        (loop $next
            (local.set $total
                (i32.add (local.get $total)
                    (call $mix (i32.const 200) (i32.and (i32.mul (local.get $n) (i32.const 8)) (i32.const 127)))))
            (local.set $n (i32.sub (local.get $n) (i32.const 1)))
            (br_if $next (local.get $n)))
        (local.get $total))
    (func $beyond (export "beyond") (param $at i32) (result i32)
        (i32.load (i32.add (i32.mul (local.get $at) (i32.const 65536)) (i32.const 8)))))
